import { explainNorm, type NormLike, type Plan } from '@normkit/core';

/** A plan, and the shape of x. */
export interface Named {
  readonly plan: Plan;
  readonly shape: readonly number[];
}

const planOf =
  (norm: NormLike, optionsOf: (shape: readonly number[]) => object = () => ({})) =>
  (shape: readonly number[]): Named => ({ plan: explainNorm(norm, shape, optionsOf(shape)).plan, shape });

const last = (shape: readonly number[]) => shape.at(-1) ?? 1;
const divisor = (channels: number) => [4, 3, 2].find((groups) => channels % groups === 0) ?? 1;

/** Plans of norms over a shape. */
export const plans = {
  layerNorm: planOf('layerNorm'),
  layerNormOfAll: planOf('layerNorm', (shape) => ({ axis: shape.map((_, axis) => axis) })),
  layerNormOfFirst: planOf('layerNorm', () => ({ axis: 0 })),
  rmsNorm: planOf('rmsNorm'),
  batchNorm: planOf('batchNorm'),
  batchNormChannelsFirst: planOf('batchNorm', (shape) => ({ axis: shape.length > 1 ? 1 : 0 })),
  groupNorm: planOf('groupNorm', (shape) => ({ groups: divisor(last(shape)) })),
  groupNormChannelsFirst: planOf('groupNorm', (shape) => ({
    axis: shape.length > 1 ? 1 : 0,
    groups: divisor(shape[shape.length > 1 ? 1 : 0] ?? 1),
  })),
  instanceNorm: planOf('instanceNorm'),
} as const;

const shapes = [
  [5],
  [6],
  [1, 1],
  [3, 7],
  [8, 64],
  [2, 5, 6],
  [1, 197, 48],
  [2, 6, 6, 12],
  [2, 12, 5, 7],
  [1, 2, 3, 4, 6],
];

/** The plans of all of them over shapes of every rank, odd and even. Norms of channels have a batch axis too. */
export const everyPlan: readonly (readonly [name: string, Named])[] = Object.entries(plans).flatMap(([name, planOf]) =>
  shapes
    .filter((shape) => shape.length > 1 || name.startsWith('layer') || name.startsWith('rms'))
    .map((shape) => [`${name} [${shape}]`, planOf(shape)] as const),
);
