import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { ApplyCall, ForwardCall } from './kernels.ts';
import type { Plan } from './plan.ts';
import { addShared, constant, perSegment, sumOver, viewed } from './segments.ts';
import { segmentSize } from './view.ts';

/** Deviations from the mean, and the statistics, all with the four extents of the statistics' view. */
export type Standardized = {
  readonly centred: Tensor;
  /** 1 / √(variance + epsilon); 0 where that root is 0. */
  readonly inverse: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
  /** How many elements count in each segment. */
  readonly count: Tensor | number;
};

/**
 * Takes the mean away and computes the statistics. `weights`, of x's size, say how often each element counts. A segment
 * in which no element counts has statistics 0, and its `inverse` is 0.
 */
export function standardize({ plan, x, weights }: ForwardCall<Tensor>): Standardized {
  return tf.tidy(() => {
    const values = viewed(x, plan.stats);
    return weights
      ? standardizeWeighted(plan, values, viewed(weights, plan.stats))
      : { ...moments(plan, values, (v) => meanOver(plan, v)), count: segmentSize(plan.stats) };
  });
}

function standardizeWeighted(plan: Plan, values: Tensor, weights: Tensor): Standardized {
  const count = sumOver(plan.stats, weights);
  const empty = constant(() => tf.equal(count, 0));
  const divisor = tf.where(empty, tf.onesLike(count), count);
  const mean = (v: Tensor) => tf.tidy(() => tf.div(sumOver(plan.stats, tf.mul(weights, v)), divisor));
  const weighted = moments(plan, fitted(values, weights), mean);
  const inverse = tf.where(empty, tf.zerosLike(weighted.inverse), weighted.inverse);
  return { ...weighted, inverse, count: divisor };
}

type Moments = Omit<Standardized, 'count'>;

function moments(plan: Plan, values: Tensor, meanOf: (values: Tensor) => Tensor): Moments {
  const { stats: view, epsilon } = plan;
  const squaresOf = (centred: Tensor, mean: Tensor | undefined): Moments => {
    const variance = tf.tidy(() => meanOf(tf.square(centred)));
    return { centred, inverse: inverseRoot(variance, epsilon), mean: mean ?? tf.zerosLike(variance), variance };
  };
  if (!plan.useMean) return squaresOf(values, undefined);
  const less = (v: Tensor, term: Tensor) => addShared(view, v, tf.neg(term));
  // Rounded to float32, the mean of a constant segment is its value only once the mean of what is left is added to it.
  const nearMean = constant(() => {
    const first = meanOf(values);
    return tf.add(
      first,
      tf.tidy(() => meanOf(less(values, first))),
    );
  });
  // And what rounding left of the mean is taken away too: 1e-3 of y at a mean of 1e4 otherwise.
  const { centred, mean } = tf.tidy(() => {
    const deviations = less(values, nearMean);
    const rest = meanOf(deviations);
    return { centred: less(deviations, rest), mean: tf.add(nearMean, rest) };
  });
  return squaresOf(centred, mean);
}

function meanOver({ stats }: Plan, values: Tensor): Tensor {
  return tf.div(sumOver(stats, values), segmentSize(stats));
}

/**
 * The values that enter the weighted statistics. One of weight 0 that is {@link isUnfit} is taken to be 0, for it must
 * not spread to others, and 0 · NaN is NaN. All other values of weight 0 stay what they are: the statistics have a slope
 * by their weights.
 */
function fitted(values: Tensor, weights: Tensor): Tensor {
  return tf.customGrad((v) => {
    const given = v as Tensor;
    const harmless = tf.where(isUnfit(given), tf.zerosLike(given), given);
    return { value: tf.where(tf.notEqual(weights, 0), given, harmless), gradFunc: (dy: Tensor) => dy };
  })(values);
}

/** Values up to 1.7e18 stay finite times this number. float32 cannot square values ten times larger. */
const OVERFLOW = 2e20;

/** Whether values are NaN, infinite or too large to be squared. */
export function isUnfit(values: Tensor): Tensor {
  // Not a comparison of floats, which takes six times as long on some backends.
  return tf.logicalNot(tf.isFinite(tf.mul(values, OVERFLOW)));
}

/** Deviations from given means, and 1 / √(variance + epsilon). */
export function fromStats({ plan, x, stats }: ApplyCall<Tensor>): Pick<Standardized, 'centred' | 'inverse'> {
  const [mean, variance] = tf.unstack(stats).map((row) => tf.reshape(row, perSegment(plan.stats))) as [Tensor, Tensor];
  const values = viewed(x, plan.stats);
  return {
    centred: plan.useMean ? addShared(plan.stats, values, tf.neg(mean)) : values,
    inverse: inverseRoot(variance, plan.epsilon),
  };
}

/** 1 / √(variance + epsilon), and 0 where that root is 0. */
export function inverseRoot(variance: Tensor, epsilon: number): Tensor {
  const square = tf.add(variance, epsilon);
  if (epsilon > 0) return tf.rsqrt(square);
  const zero = constant(() => tf.equal(square, 0));
  return tf.where(zero, tf.zerosLike(square), tf.rsqrt(tf.where(zero, tf.onesLike(square), square)));
}
