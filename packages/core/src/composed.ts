import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Plan } from './plan.ts';
import { addShared, perSegment, scaleShared, sumOver, viewed } from './segments.ts';
import { fromStats, isUnfit, standardize } from './standardize.ts';
import { segmentCount } from './view.ts';

/*
 * The three kernels written with TensorFlow.js's own operations: for backends without kernels, for masks, and
 * wherever a gradient has to be differentiated again. Tensors are float32; x and y have the buffer order of the plan.
 */

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
    const all = weights ? withUnfit(plan, viewed(x, plan.stats), centred, mean) : centred;
    return {
      value: tf.reshape(affine(plan, scaleShared(plan.stats, all, inverse), gamma, beta), x.shape),
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

/** Every element is normalized, also what the statistics took to be 0. */
function withUnfit({ stats, useMean }: Plan, values: Tensor, centred: Tensor, mean: Tensor): Tensor {
  return tf.where(isUnfit(values), useMean ? addShared(stats, values, tf.neg(mean)) : values, centred);
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
  const counts = weights && viewed(weights, view);
  const normalized = scaleShared(view, centred, inverse);
  const g = viewed(affine(plan, dy, gamma), view);
  const throughMean = plan.useMean ? tf.div(sumOver(view, g), count) : undefined;
  const throughVariance = tf.div(sumOver(view, tf.mul(g, normalized)), count);
  // The weight first: of an ignored element far off, x̂ times the sum may be more than float32 holds.
  const along = scaleShared(view, counts ? tf.mul(counts, normalized) : normalized, throughVariance);
  const lessVariance = tf.sub(g, along);
  const lessBoth = throughMean ? lessShared(view, lessVariance, throughMean, counts) : lessVariance;
  const dx = scaleShared(view, lessBoth, inverse);
  const gradients: Gradients = [tf.reshape(dx, x.shape), ...affineGradients(plan, dy, normalized)];
  if (!weights) return [...gradients, undefined];
  // d mean / d weight is (x − mean) / count, and d variance / d weight is ((x − mean)² − variance) / count.
  const spread = tf.mul(tf.mul(variance, tf.square(inverse)), throughVariance);
  const squares = tf.mul(normalized, scaleShared(view, normalized, throughVariance));
  const byVariance = tf.mul(0.5, addShared(view, squares, tf.neg(spread)));
  const dweights = throughMean ? tf.add(byVariance, scaleShared(view, normalized, throughMean)) : byVariance;
  return [...gradients, tf.reshape(tf.neg(dweights), weights.shape)];
}

/** values − term, and with weights values − weight · term. */
function lessShared(view: Plan['stats'], values: Tensor, term: Tensor, weights: Tensor | undefined): Tensor {
  return weights ? tf.sub(values, scaleShared(view, weights, term)) : addShared(view, values, tf.neg(term));
}

/** `forward` with the statistics given, `[2, segments]`: mean and variance. */
export function apply(plan: Plan, x: Tensor, stats: Tensor, gamma?: Tensor, beta?: Tensor): Tensor {
  const { centred, inverse } = fromStats(plan, x, stats);
  return tf.reshape(affine(plan, scaleShared(plan.stats, centred, inverse), gamma, beta), x.shape);
}

/** The gradients of `apply` for x, gamma and beta. */
export function applyBackward(plan: Plan, dy: Tensor, x: Tensor, stats: Tensor, gamma?: Tensor): Gradients {
  const { centred, inverse } = fromStats(plan, x, stats);
  const g = viewed(affine(plan, dy, gamma), plan.stats);
  const normalized = scaleShared(plan.stats, centred, inverse);
  return [tf.reshape(scaleShared(plan.stats, g, inverse), x.shape), ...affineGradients(plan, dy, normalized)];
}

/** gamma · values + beta, with the four extents of the affine view. */
function affine({ affine: view }: Plan, values: Tensor, gamma?: Tensor, beta?: Tensor): Tensor {
  const shared = perSegment(view);
  const grouped = viewed(values, view);
  const scaled = gamma ? scaleShared(view, grouped, tf.reshape(gamma, shared)) : grouped;
  return beta ? addShared(view, scaled, tf.reshape(beta, shared)) : scaled;
}

function affineGradients(plan: Plan, dy: Tensor, normalized: Tensor): [dgamma: Tensor, dbeta: Tensor] {
  const gradient = viewed(dy, plan.affine);
  const sum = (v: Tensor) => tf.reshape(sumOver(plan.affine, v), [segmentCount(plan.affine)]);
  return [sum(tf.mul(gradient, viewed(normalized, plan.affine))), sum(gradient)];
}
