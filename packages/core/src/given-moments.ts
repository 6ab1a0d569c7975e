import type { Tensor, TensorLike } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkParameter } from './arguments.ts';
import { checkStatistic, inspectStatistic, isInspected } from './check-statistic.ts';
import { NormkitError } from './errors.ts';
import { asFloat, type Moments } from './normalize.ts';
import type { Norm } from './norms/definition.ts';

/** Statistics that a caller gives. */
export interface MomentOptions {
  /**
   * Given with `variance`: normalizes with these instead of the batch's own. Shape [channels]. NaN, infinite and
   * negative ones are refused; on a GPU, where reading a tensor would hold everything up, a negative variance that is
   * given as a tensor counts as 0. A mask has no effect then, for it weighs only statistics of the batch.
   */
  readonly mean?: Tensor | TensorLike | undefined;
  readonly variance?: Tensor | TensorLike | undefined;
}

/** The statistics of a call's options, checked, where there are any. */
export function givenMoments(norm: Norm, { mean, variance }: MomentOptions): Moments | undefined {
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
  // Of numbers, whose tensor is new, even a GPU has the values at hand.
  if (statistic !== value) inspectStatistic(statistic);
  checkStatistic(norm.op, kind, kind, statistic);
  const given = asFloat(statistic);
  // Not relu, which has no slope at 0.
  return kind === 'variance' && !isInspected(statistic) ? tf.maximum(given, 0) : given;
}
