import type { Tensor, Tensor1D, TensorLike } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkAxis } from '../arguments.ts';
import { givenMoments, type MomentOptions } from '../given-moments.ts';
import { normalize, normalizeWith, normalizeWithStats } from '../normalize.ts';
import { checkCall, type NormOp, type NormOptions } from './define-norm.ts';
import { type NormDefinition, optionNames } from './definition.ts';

interface BatchNormGrouping {
  /** The channel axis: the only one that is not reduced. Default: -1. */
  readonly axis?: number | undefined;
}

export interface BatchNormWithStatsOptions extends NormOptions<BatchNormGrouping> {}
export interface BatchNormOptions extends BatchNormWithStatsOptions, MomentOptions {}

const definition: NormDefinition<BatchNormGrouping> = {
  name: 'batchNorm',
  options: { axis: -1 },
  epsilon: 1e-3,
  parameters: ['gamma', 'beta'],
  useMean: true,
  reference: 'Ioffe and Szegedy 2015, arXiv:1502.03167; Keras BatchNormalization',
  axesOf(op, shape, { axis }) {
    const channelAxis = checkAxis(op, axis, shape);
    return {
      axes: shape.map((size, index) => ({ size, ownStats: index === channelAxis, ownAffine: index === channelAxis })),
      parameterShape: [shape[channelAxis] ?? 0],
      reducedAxes: shape.map((_, index) => index).filter((index) => index !== channelAxis),
    };
  },
};

/**
 * Batch normalization: mean and population variance per channel of `axis`, over all other axes, or as given by `mean`
 * and `variance` (inference). Defaults: axis -1, epsilon 1e-3.
 *
 * x: float32 (int32 and bool are cast), any rank from 1. gamma, beta, mean, variance: [channels]. Returns y, of x's
 * shape. Differentiable in x, gamma, beta, mask, mean and variance.
 *
 * @throws NormkitError where an argument does not fit the others.
 * @see Ioffe and Szegedy 2015, arXiv:1502.03167; Keras `BatchNormalization`.
 */
export const batchNorm: NormOp<BatchNormOptions> = Object.assign(
  <T extends Tensor>(x: T | TensorLike, options: BatchNormOptions = {}): T =>
    tf.tidy(definition.name, () => {
      const { norm, operands } = checkCall(definition, x, options, [...optionNames(definition), 'mean', 'variance']);
      const moments = givenMoments(norm, options);
      return (moments ? normalizeWith(norm, operands, moments) : normalize(norm, operands)) as T;
    }),
  { definition },
);

/**
 * Batch normalization with the statistics of the batch, which it returns for moving averages.
 *
 * x, options: as for {@link batchNorm}, without `mean` and `variance`.
 *
 * @returns y of x's shape; mean and (population) variance of shape [channels]. All three are differentiable.
 * @throws NormkitError where an argument does not fit the others.
 */
export function batchNormWithStats<T extends Tensor>(
  x: T | TensorLike,
  options: BatchNormWithStatsOptions = {},
): { y: T; mean: Tensor1D; variance: Tensor1D } {
  const op = 'batchNormWithStats';
  return tf.tidy(op, () => {
    const { norm, operands } = checkCall(definition, x, options, optionNames(definition), op);
    const { y, mean, variance } = normalizeWithStats(norm, operands);
    return { y: y as T, mean: mean as Tensor1D, variance: variance as Tensor1D };
  });
}
