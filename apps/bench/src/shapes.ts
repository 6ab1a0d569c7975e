/** What is normalized: one row group of the report. */
export interface Shape {
  readonly kind: 'layer' | 'rms' | 'group' | 'instance' | 'batch';
  readonly shape: readonly number[];
  readonly axis: number;
  /** Of a group norm. */
  readonly groups?: number;
}

/** A transformer's activations, a ResNet's in both layouts, those of the tutorial's network, and small ones of each. */
export const SHAPES: readonly Shape[] = [
  { kind: 'layer', shape: [8, 1024, 768], axis: -1 },
  { kind: 'layer', shape: [32, 128], axis: -1 },
  { kind: 'rms', shape: [8, 1024, 768], axis: -1 },
  { kind: 'rms', shape: [32, 128], axis: -1 },
  { kind: 'group', shape: [8, 56, 56, 64], axis: -1, groups: 32 },
  { kind: 'group', shape: [8, 64, 56, 56], axis: 1, groups: 32 },
  { kind: 'group', shape: [32, 26, 26, 10], axis: 3, groups: 5 },
  { kind: 'group', shape: [32, 10, 26, 26], axis: 1, groups: 5 },
  { kind: 'instance', shape: [8, 56, 56, 64], axis: -1 },
  { kind: 'instance', shape: [8, 64, 56, 56], axis: 1 },
  { kind: 'batch', shape: [32, 28, 28, 32], axis: -1 },
  { kind: 'batch', shape: [32, 32, 28, 28], axis: 1 },
];

/** What `--shape` is matched against. */
export function labelOf({ kind, shape, axis, groups }: Shape): string {
  return `${kind} [${shape}] axis ${axis}${groups === undefined ? '' : ` G=${groups}`}`;
}

export function sizeOf({ shape }: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function channelsOf({ shape, axis }: Shape): number {
  return shape.at(axis) ?? 0;
}
