import type { Tensor, TensorLike } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkMask, checkOptions, checkParameter, checkTensor } from './arguments.ts';
import { checkStatistic, checkStatisticAtOnce, isTrusted } from './check-statistic.ts';
import { NormkitError } from './errors.ts';
import { type Moments, normalize, normalizeWith, type Operands } from './normalize.ts';
import { type BatchNormGrouping, planBatchNorm } from './norms/batch.ts';
import { type GroupNormGrouping, type InstanceNormGrouping, planGroupNorm, planInstanceNorm } from './norms/group.ts';
import { type LayerNormGrouping, planLayerNorm, planRmsNorm } from './norms/layer.ts';
import type { Norm } from './norms/norm.ts';

export interface AffineOptions {
  /** Multiplies the normalized values: the shape of the axis (or axes, sorted). Default: none. */
  readonly gamma?: Tensor | TensorLike | undefined;
  /** Is added after gamma; same shape. Default: none. */
  readonly beta?: Tensor | TensorLike | undefined;
  /**
   * Boolean or fractional weights that broadcast to x. They enter the statistics only: each element counts as often
   * as its weight says, and every element is normalized. Where all weights are 0 the result is beta.
   */
  readonly mask?: Tensor | TensorLike | undefined;
}

export interface GroupNormOptions extends GroupNormGrouping, AffineOptions {}
export interface InstanceNormOptions extends InstanceNormGrouping, AffineOptions {}
export interface LayerNormOptions extends LayerNormGrouping, AffineOptions {}
export interface RmsNormOptions extends LayerNormGrouping, Omit<AffineOptions, 'beta'> {}
export interface BatchNormWithStatsOptions extends BatchNormGrouping, AffineOptions {}
export interface BatchNormOptions extends BatchNormWithStatsOptions {
  /**
   * Given with `variance`: normalizes with these instead of the batch's own. Shape [channels]. NaN, infinite and
   * negative ones are refused; on a GPU, where reading a tensor would hold everything up, a negative variance that is
   * given as a tensor counts as 0. A mask has no effect then, for it weighs only statistics of the batch.
   */
  readonly mean?: Tensor | TensorLike | undefined;
  readonly variance?: Tensor | TensorLike | undefined;
}

/**
 * Group normalization: y = gamma · (x − mean) / √(variance + epsilon) + beta, with mean and population variance per
 * sample and group of consecutive channels. Defaults: groups 32, axis -1, epsilon 1e-3.
 *
 * @param x float32 (int32 and bool are cast), two axes or more, of which axis 0 is the batch. gamma, beta: [channels].
 * @returns y, of x's shape. Differentiable in x, gamma, beta and mask, any number of times.
 * @throws NormkitError where an argument does not fit the others; nothing has been computed then.
 * @see Wu and He 2018, arXiv:1803.08494; Keras `GroupNormalization`.
 */
export function groupNorm<T extends Tensor>(x: T | TensorLike, options: GroupNormOptions = {}): T {
  return run('groupNorm', x, options, ['groups', 'axis', 'gamma', 'beta', 'epsilon', 'mask'], planGroupNorm);
}

/**
 * Instance normalization: group normalization with one channel per group. Defaults: axis -1, epsilon 1e-3.
 *
 * @param x as for {@link groupNorm}. gamma, beta: [channels].
 * @throws NormkitError where an argument does not fit the others.
 * @see Ulyanov et al. 2016, arXiv:1607.08022; TensorFlow Addons `InstanceNormalization`.
 */
export function instanceNorm<T extends Tensor>(x: T | TensorLike, options: InstanceNormOptions = {}): T {
  return run('instanceNorm', x, options, ['axis', 'gamma', 'beta', 'epsilon', 'mask'], planInstanceNorm);
}

/**
 * Layer normalization: mean and population variance over `axis`, one set for each index of the other axes.
 * Defaults: axis -1, epsilon 1e-3.
 *
 * @param x float32 (int32 and bool are cast), any rank. gamma, beta: the extents of the axes, in ascending order of
 * axis. Note that `axis: 3` of an image normalizes each pixel over its channels; use `axis: [1, 2, 3]` for the whole.
 * @throws NormkitError where an argument does not fit the others.
 * @see Ba et al. 2016, arXiv:1607.06450; Keras `LayerNormalization`.
 */
export function layerNorm<T extends Tensor>(x: T | TensorLike, options: LayerNormOptions = {}): T {
  return run('layerNorm', x, options, ['axis', 'gamma', 'beta', 'epsilon', 'mask'], planLayerNorm);
}

/**
 * Root mean square normalization: y = gamma · x / √(mean(x²) + epsilon) over `axis`. Defaults: axis -1, epsilon 1e-6.
 *
 * @param x as for {@link layerNorm}. gamma: the extents of the axes, in ascending order of axis.
 * @throws NormkitError where an argument does not fit the others.
 * @see Zhang and Sennrich 2019, arXiv:1910.07467; Keras `RMSNormalization`.
 */
export function rmsNorm<T extends Tensor>(x: T | TensorLike, options: RmsNormOptions = {}): T {
  return run('rmsNorm', x, options, ['axis', 'gamma', 'epsilon', 'mask'], planRmsNorm);
}

/**
 * Batch normalization: mean and population variance per channel of `axis`, over all other axes, or as given by `mean`
 * and `variance` (inference). Defaults: axis -1, epsilon 1e-3.
 *
 * @param x float32 (int32 and bool are cast), any rank from 1. gamma, beta, mean, variance: [channels].
 * @returns y, of x's shape. Differentiable in x, gamma, beta, mask, mean and variance.
 * @throws NormkitError where an argument does not fit the others.
 * @see Ioffe and Szegedy 2015, arXiv:1502.03167; Keras `BatchNormalization`.
 */
export function batchNorm<T extends Tensor>(x: T | TensorLike, options: BatchNormOptions = {}): T {
  const op = 'batchNorm';
  return tf.tidy(op, () => {
    const known = ['axis', 'gamma', 'beta', 'epsilon', 'mask', 'mean', 'variance'];
    const { norm, operands } = check(op, x, options, known, planBatchNorm);
    const given = checkMoments(norm, options);
    return (given ? normalizeWith(norm, operands, given) : normalize(norm, operands).y) as T;
  });
}

/**
 * Batch normalization with the statistics of the batch, which it returns for moving averages.
 *
 * @param x, options as for {@link batchNorm}, without `mean` and `variance`.
 * @returns y of x's shape; mean and (population) variance of shape [channels]. All three are differentiable.
 * @throws NormkitError where an argument does not fit the others.
 */
export function batchNormWithStats<T extends Tensor>(
  x: T | TensorLike,
  options: BatchNormWithStatsOptions = {},
): { y: T; mean: tf.Tensor1D; variance: tf.Tensor1D } {
  const op = 'batchNormWithStats';
  return tf.tidy(op, () => {
    const { norm, operands } = check(
      op,
      x,
      options,
      ['axis', 'gamma', 'beta', 'epsilon', 'mask'],
      (shape, grouping: BatchNormWithStatsOptions) => planBatchNorm(shape, grouping, op),
    );
    const { y, moments } = normalize(norm, operands);
    const { mean, variance } = moments();
    return { y: y as T, mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
  });
}

type Planner<Options> = (shape: readonly number[], options: Options) => Norm;

function run<T extends Tensor, Options extends AffineOptions>(
  op: string,
  x: T | TensorLike,
  options: Options,
  known: readonly string[],
  planner: Planner<Options>,
): T {
  return tf.tidy(op, () => {
    const { norm, operands } = check(op, x, options, known, planner);
    return normalize(norm, operands).y as T;
  });
}

/** Every argument as it will be used: this is the only place that looks at what a caller passed. */
function check<Options extends AffineOptions>(
  op: string,
  x: unknown,
  options: Options,
  known: readonly string[],
  planner: Planner<Options>,
): { norm: Norm; operands: Operands } {
  checkOptions(op, options, known);
  const input = checkTensor(op, 'x', x);
  const norm = planner(input.shape, options);
  const { gamma, beta, mask } = options;
  const parameter = (name: 'gamma' | 'beta', value: unknown) =>
    value === undefined ? undefined : checkParameter(op, name, value, norm.parameterShape, input.shape);
  const [checkedGamma, checkedBeta] = [parameter('gamma', gamma), parameter('beta', beta)];
  const weights = mask === undefined ? undefined : checkMask(op, mask, input.shape);
  return {
    norm,
    operands: { x: float(input), gamma: float(checkedGamma), beta: float(checkedBeta), mask: float(weights) },
  };
}

function checkMoments(norm: Norm, { mean, variance }: BatchNormOptions): Moments | undefined {
  if (mean === undefined && variance === undefined) return undefined;
  const missing = mean === undefined ? 'mean' : variance === undefined ? 'variance' : undefined;
  if (missing) {
    const present = missing === 'mean' ? 'variance' : 'mean';
    throw new NormkitError(
      norm.op,
      missing,
      `mean and variance go together. Got ${present} without ${missing}; give both, or neither for the statistics of the batch.`,
    );
  }
  return { mean: givenStatistic(norm, 'mean', mean), variance: givenStatistic(norm, 'variance', variance) };
}

/** Where nothing was read a negative variance counts as 0, so that no NaN comes of it. */
function givenStatistic(norm: Norm, kind: 'mean' | 'variance', value: unknown): Tensor {
  const statistic = checkParameter(norm.op, kind, value, norm.parameterShape, norm.shape);
  const check = statistic === value ? checkStatisticAtOnce : checkStatistic;
  check(norm.op, kind, kind, statistic);
  const given = float(statistic);
  // Not relu, which has no slope at 0.
  return kind === 'variance' && !isTrusted(statistic) ? tf.maximum(given, 0) : given;
}

function float<T extends Tensor | undefined>(value: T): T {
  return (value === undefined || value.dtype === 'float32' ? value : tf.cast(value, 'float32')) as T;
}
