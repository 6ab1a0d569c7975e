import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Plan } from './plan.ts';
import { segmentCount, segmentSize, type View } from './view.ts';

/*
 * The three kernels written with TensorFlow.js's own operations: for backends without kernels, for masks, and
 * wherever a gradient has to be differentiated again. Tensors are float32; x and y have the buffer order of the plan.
 */

/** Deviations from the mean, and the statistics, all with the four extents of the statistics' view. */
interface Standardized {
  readonly centred: Tensor;
  /** 1 / √(variance + epsilon); 0 where that root is 0. */
  readonly inverse: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
  /** How many elements count in each segment. */
  readonly count: Tensor | number;
}

export interface ComposedForward {
  readonly y: Tensor;
  /** One value per segment. */
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** `weights`, of x's size, enter the statistics: each element counts as often as its weight says. */
export function forward(plan: Plan, x: Tensor, gamma?: Tensor, beta?: Tensor, weights?: Tensor): ComposedForward {
  const { centred, inverse, mean, variance } = standardize(plan, x, weights);
  const given = [x, gamma, beta, weights].filter((tensor) => tensor !== undefined);
  // TensorFlow.js would differentiate 1 / √v by v^-1.5, which float32 loses for values around 1e15.
  const y = tf.customGrad((...inputs) => {
    (inputs.pop() as tf.GradSaveFunc)(given);
    return {
      value: tf.reshape(affine(plan, tf.mul(centred, inverse), gamma, beta), x.shape),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const of = (tensor: Tensor | undefined) => tensor && saved[given.indexOf(tensor)];
        const [dx, dgamma, dbeta, dweights] = backward(plan, dy, of(x) as Tensor, of(gamma), of(weights));
        return [dx, gamma && dgamma, beta && dbeta, weights && dweights].filter((gradient) => gradient !== undefined);
      },
    };
  })(...given);
  const segments = [segmentCount(plan.stats)];
  return { y, mean: tf.reshape(mean, segments), variance: tf.reshape(variance, segments) };
}

type Gradients = [dx: Tensor, dgamma: Tensor, dbeta: Tensor];

/** The gradients of `forward`, in operations that TensorFlow.js can differentiate once more. */
export function backward(
  plan: Plan,
  dy: Tensor,
  x: Tensor,
  gamma?: Tensor,
  weights?: Tensor,
): [...Gradients, dweights: Tensor | undefined] {
  const view = plan.stats;
  const { centred, inverse, variance, count } = standardize(plan, x, weights);
  const normalized = tf.mul(centred, inverse);
  const g = viewed(affine(plan, dy, gamma), view);
  const throughMean = plan.useMean ? tf.div(sumOver(view, g), count) : undefined;
  const throughVariance = tf.div(sumOver(view, tf.mul(g, normalized)), count);
  const along = tf.mul(normalized, throughVariance);
  const statistics = throughMean ? tf.add(throughMean, along) : along;
  const dx = tf.mul(inverse, tf.sub(g, weights ? tf.mul(viewed(weights, view), statistics) : statistics));
  const gradients: Gradients = [tf.reshape(dx, x.shape), ...affineGradients(plan, dy, normalized)];
  if (!weights) return [...gradients, undefined];
  // d mean / d weight is (x − mean) / count, and d variance / d weight is ((x − mean)² − variance) / count.
  const excess = tf.sub(tf.square(normalized), tf.mul(variance, tf.square(inverse)));
  const byVariance = tf.mul(tf.mul(0.5, excess), throughVariance);
  const byMean = throughMean ? tf.mul(normalized, throughMean) : tf.zerosLike(byVariance);
  return [...gradients, tf.reshape(tf.neg(tf.add(byMean, byVariance)), weights.shape)];
}

/** `forward` with the statistics given, `[2, segments]`: mean and variance. */
export function apply(plan: Plan, x: Tensor, stats: Tensor, gamma?: Tensor, beta?: Tensor): Tensor {
  const { centred, inverse } = fromStats(plan, x, stats);
  return tf.reshape(affine(plan, tf.mul(centred, inverse), gamma, beta), x.shape);
}

/** The gradients of `apply` for x, gamma and beta. */
export function applyBackward(plan: Plan, dy: Tensor, x: Tensor, stats: Tensor, gamma?: Tensor): Gradients {
  const { centred, inverse } = fromStats(plan, x, stats);
  const g = viewed(affine(plan, dy, gamma), plan.stats);
  return [tf.reshape(tf.mul(inverse, g), x.shape), ...affineGradients(plan, dy, tf.mul(centred, inverse))];
}

/** A tensor with the four extents of a view. */
function viewed(values: Tensor, view: View): Tensor {
  return tf.reshape(values, [...view]);
}

/** x less the mean of its segment, differentiable, with the four extents of the statistics' view. */
export function deviations(plan: Plan, x: Tensor): Tensor {
  return standardize(plan, x).centred;
}

function standardize(plan: Plan, x: Tensor, weights?: Tensor): Standardized {
  const view = plan.stats;
  const values = viewed(x, view);
  if (weights) return standardizeWeighted(plan, values, viewed(weights, view));
  // The mean of the deviations takes away what rounding left in the first mean: 1e-3 of y at a mean of 1e4 otherwise.
  const first = plan.useMean ? meanOver(view, values) : undefined;
  const deviations = first ? tf.sub(values, first) : values;
  const second = first && meanOver(view, deviations);
  const centred = second ? tf.sub(deviations, second) : deviations;
  const variance = meanOver(view, tf.square(centred));
  const mean = first && second ? tf.add(first, second) : tf.zerosLike(variance);
  return { centred, inverse: inverseRoot(variance, plan.epsilon), mean, variance, count: segmentSize(view) };
}

function standardizeWeighted(plan: Plan, values: Tensor, weights: Tensor): Standardized {
  const view = plan.stats;
  const count = sumOver(view, weights);
  const empty = isZero(count);
  const divisor = tf.where(empty, tf.onesLike(count), count);
  // An element of weight 0 must not count even where it is NaN, and 0 · NaN is NaN.
  const ignored = isZero(weights);
  const counted = (v: Tensor) => tf.where(ignored, tf.zerosLike(v), v);
  const weightedMean = (v: Tensor) => tf.div(sumOver(view, tf.mul(weights, counted(v))), divisor);
  const first = plan.useMean ? weightedMean(values) : undefined;
  const deviations = first ? tf.sub(values, first) : values;
  const second = first && weightedMean(deviations);
  const centred = second ? tf.sub(deviations, second) : deviations;
  const variance = weightedMean(tf.square(centred));
  const inverse = tf.where(empty, tf.zerosLike(variance), inverseRoot(variance, plan.epsilon));
  return {
    centred,
    inverse,
    mean: first && second ? tf.add(first, second) : tf.zerosLike(variance),
    variance,
    count: divisor,
  };
}

function fromStats(plan: Plan, x: Tensor, stats: Tensor): Pick<Standardized, 'centred' | 'inverse'> {
  const [mean, variance] = tf.unstack(stats).map((row) => tf.reshape(row, perSegment(plan.stats))) as [Tensor, Tensor];
  const values = viewed(x, plan.stats);
  return { centred: plan.useMean ? tf.sub(values, mean) : values, inverse: inverseRoot(variance, plan.epsilon) };
}

/** 1 / √(variance + epsilon), and 0 where that root is 0. */
export function inverseRoot(variance: Tensor, epsilon: number): Tensor {
  const square = tf.add(variance, epsilon);
  if (epsilon > 0) return tf.rsqrt(square);
  const zero = isZero(square);
  return tf.where(zero, tf.zerosLike(square), tf.rsqrt(tf.where(zero, tf.onesLike(square), square)));
}

/** TensorFlow.js has no gradient for comparisons, not even 0, where what is compared is differentiated. */
function isZero(values: Tensor): Tensor {
  return tf.customGrad((v) => ({ value: tf.equal(v as Tensor, 0), gradFunc: () => tf.zerosLike(v as Tensor) }))(values);
}

/** gamma · values + beta, with the four extents of the affine view. */
function affine(plan: Plan, values: Tensor, gamma?: Tensor, beta?: Tensor): Tensor {
  const shape = perSegment(plan.affine);
  const grouped = viewed(values, plan.affine);
  const scaled = gamma ? tf.mul(grouped, tf.reshape(gamma, shape)) : grouped;
  return beta ? tf.add(scaled, tf.reshape(beta, shape)) : scaled;
}

function affineGradients(plan: Plan, dy: Tensor, normalized: Tensor): [dgamma: Tensor, dbeta: Tensor] {
  const gradient = viewed(dy, plan.affine);
  const sum = (v: Tensor) => tf.reshape(sumOver(plan.affine, v), [segmentCount(plan.affine)]);
  return [sum(tf.mul(gradient, viewed(normalized, plan.affine))), sum(gradient)];
}

function perSegment([outer, , inner]: View): [number, number, number, number] {
  return [outer, 1, inner, 1];
}

/** Sums over the reduced extents that are not 1, so that TensorFlow.js does not transpose for nothing. */
function sumOver(view: View, values: Tensor): Tensor {
  const axes = [1, 3].filter((axis) => view[axis] !== 1);
  return axes.length > 0 ? tf.sum(values, axes, true) : values;
}

function meanOver(view: View, values: Tensor): Tensor {
  return tf.div(sumOver(view, values), segmentSize(view));
}
