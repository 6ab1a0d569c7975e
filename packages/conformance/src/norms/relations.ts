import { batchNorm, groupNorm, instanceNorm, layerNorm } from '@normkit/core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** Two norms that are one on inputs of some shape. */
export interface Relation {
  readonly name: string;
  /** Of any extents, one at least, the shape of an input on which it holds. */
  shapeOf(extents: readonly number[]): number[];
  one(x: Tensor): Tensor;
  other(x: Tensor): Tensor;
}

const withBatch = (extents: readonly number[]) => [extents[0] ?? 1, ...extents];

export const relations: readonly Relation[] = [
  {
    name: 'group norm of 1 group is layer norm of the sample',
    shapeOf: withBatch,
    one: (x) => groupNorm(x, { groups: 1 }),
    other: (x) => layerNorm(x, { axis: x.shape.map((_, axis) => axis).slice(1) }),
  },
  {
    name: 'group norm of one group for each channel is instance norm',
    shapeOf: withBatch,
    one: (x) => groupNorm(x, { groups: -1 }),
    other: (x) => instanceNorm(x),
  },
  {
    name: 'instance norm of one sample is batch norm',
    shapeOf: (extents) => [1, ...extents],
    one: (x) => instanceNorm(x),
    other: (x) => batchNorm(x),
  },
];
