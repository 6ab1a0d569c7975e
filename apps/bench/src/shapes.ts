import type { NormKind } from '@normkit/core';
import { definitionOf } from '@normkit/shelf/norm-ops';

/** What is normalized: one row group of the report. */
export interface Shape {
  readonly norm: NormKind;
  readonly shape: readonly number[];
  readonly axis: number;
  /** Of a group norm. */
  readonly groups?: number;
}

/** What every norm is measured on: a transformer's activations, a ResNet's, those of the tutorial's network. */
const ACTIVATIONS = [
  { shape: [8, 256, 768], groups: 32 },
  { shape: [8, 56, 56, 64], groups: 32 },
  { shape: [32, 26, 26, 10], groups: 5 },
] as const;

/** In both layouts: channels last, and first. */
function everywhere(norm: NormKind): Shape[] {
  return ACTIVATIONS.flatMap(({ shape: [images, ...rest], groups }): Shape[] => {
    const first = [images, ...rest.slice(-1), ...rest.slice(0, -1)];
    const more = norm === 'groupNorm' ? { groups } : {};
    return [
      { norm, shape: [images, ...rest], axis: -1, ...more },
      { norm, shape: first, axis: 1, ...more },
    ];
  });
}

/** Those, four times the transformer's and sixteen times (100 MB, which no cache holds), a smaller ResNet's, small ones. */
export const SHAPES: readonly Shape[] = [
  { norm: 'layerNorm', shape: [8, 1024, 768], axis: -1 },
  { norm: 'layerNorm', shape: [32, 128], axis: -1 },
  { norm: 'layerNorm', shape: [32, 1024, 768], axis: -1 },
  ...everywhere('layerNorm'),
  { norm: 'rmsNorm', shape: [8, 1024, 768], axis: -1 },
  { norm: 'rmsNorm', shape: [32, 128], axis: -1 },
  ...everywhere('rmsNorm'),
  ...everywhere('groupNorm'),
  ...everywhere('instanceNorm'),
  ...everywhere('batchNorm'),
  { norm: 'batchNorm', shape: [32, 28, 28, 32], axis: -1 },
  { norm: 'batchNorm', shape: [32, 32, 28, 28], axis: 1 },
];

/**
 * Many segments of one to eight elements, in each order of memory: what a segment costs beside its elements counts then.
 * A million elements, and fewer on a GPU: an adapter in software takes seconds for composed operations even so.
 */
export function shortShapes(backend: string): readonly Shape[] {
  const size = backend === 'webgl' || backend === 'webgpu' ? 2 ** 13 : 2 ** 20;
  const few = [1, 2, 4, 8];
  return [
    ...few.map((rows): Shape => ({ norm: 'batchNorm', shape: [rows, size / rows], axis: -1 })),
    { norm: 'batchNorm', shape: [2, size / 4, 2], axis: 1 },
    { norm: 'instanceNorm', shape: [size / 512, 2, 256], axis: -1 },
    { norm: 'instanceNorm', shape: [size / 2048, 2, 2, 512], axis: -1 },
    { norm: 'instanceNorm', shape: [size / 2048, 512, 2, 2], axis: 1 },
    ...few.map(
      (channels): Shape => ({ norm: 'groupNorm', shape: [size / 256, 256], axis: -1, groups: 256 / channels }),
    ),
    { norm: 'groupNorm', shape: [size / 1024, 2, 2, 256], axis: -1, groups: 128 },
    { norm: 'groupNorm', shape: [size / 1024, 256, 2, 2], axis: 1, groups: 128 },
    ...few.map((length): Shape => ({ norm: 'layerNorm', shape: [size / length, length], axis: -1 })),
    ...few.map((length): Shape => ({ norm: 'rmsNorm', shape: [size / length, length], axis: -1 })),
    { norm: 'rmsNorm', shape: [2, size / 2], axis: 0 },
  ];
}

/** What is measured on a backend unless somebody chooses. */
export function shapesOn(backend: string): readonly Shape[] {
  return [...SHAPES, ...shortShapes(backend)];
}

/** 64 MiB, and 256, in each of the orders in which memory is read: what a GPU's bandwidth is measured with. */
export const LARGE_SHAPES: readonly Shape[] = [1, 4].flatMap((times): Shape[] => [
  { norm: 'layerNorm', shape: [16_384 * times, 1024], axis: -1 },
  { norm: 'layerNorm', shape: [16 * times, 1024, 1024], axis: 1 },
  { norm: 'groupNorm', shape: [1, 64, 262_144 * times], axis: 1, groups: 1 },
  { norm: 'groupNorm', shape: [16 * times, 64, 128, 128], axis: 1, groups: 32 },
  { norm: 'groupNorm', shape: [16 * times, 64, 64, 256], axis: -1, groups: 32 },
  { norm: 'instanceNorm', shape: [16 * times, 128, 128, 64], axis: -1 },
  { norm: 'batchNorm', shape: [16 * times, 128, 128, 64], axis: -1 },
  { norm: 'batchNorm', shape: [16 * times, 64, 128, 128], axis: 1 },
]);

/** So large that composed operations need gigabytes for it, and the stock layer minutes. */
export function isLarge(shape: Shape): boolean {
  return sizeOf(shape) > 10_000_000;
}

/** What `--shape` is matched against. */
export function labelOf({ norm, shape, axis, groups }: Shape): string {
  return `${norm.replace('Norm', '')} [${shape}] axis ${axis}${groups === undefined ? '' : ` G=${groups}`}`;
}

export function sizeOf({ shape }: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function channelsOf({ shape, axis }: Shape): number {
  return shape.at(axis) ?? 0;
}

/** The norm's default. */
export function epsilonOf({ norm }: Shape): number {
  return definitionOf(norm).epsilon;
}
