import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { pack, unpack } from './calls.ts';
import type { ApplyCall, BackwardCall, BackwardResult, ForwardCall } from './kernels.ts';
import type { Plan } from './plan.ts';
import { addShared, perSegment, scaleShared, sumOver, viewed } from './segments.ts';
import { fromStats, isUnfit, type Standardized, standardize } from './standardize.ts';
import { segmentCount, type View } from './view.ts';

/*
 * The three kernels written with TensorFlow.js's own operations: for backends without kernels, for masks, and
 * wherever a gradient has to be differentiated again. Tensors are float32; x and y have the buffer order of the plan.
 */

export interface ForwardWithMoments {
  readonly y: Tensor;
  readonly mean: Tensor;
  readonly variance: Tensor;
}

export function forward(call: ForwardCall<Tensor>): Tensor {
  return output(call, () => standardize(call));
}

/** With one mean and variance for each segment, which TensorFlow.js differentiates. */
export function forwardWithMoments(call: ForwardCall<Tensor>): ForwardWithMoments {
  const standardized = standardize(call);
  const vector = (value: Tensor) => tf.reshape(value, [segmentCount(call.plan.stats)]);
  return {
    y: output(call, () => standardized),
    mean: vector(standardized.mean),
    variance: vector(standardized.variance),
  };
}

/** TensorFlow.js would differentiate 1 / √v by v^-1.5, which float32 loses for values around 1e15. */
function output(call: ForwardCall<Tensor>, standardized: () => Standardized): Tensor {
  const { plan, x, weights } = call;
  const { inputs, attributes } = pack(call);
  return tf.customGrad((...given) => {
    (given.pop() as tf.GradSaveFunc)(inputs);
    const { centred, inverse, mean } = standardized();
    const all = weights ? withUnfit(plan, viewed(x, plan.stats), centred, mean) : centred;
    return {
      value: tf.reshape(affine(call, scaleShared(plan.stats, all, inverse)), x.shape),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const gradients = forwardGradients({ ...unpack<ForwardCall<Tensor>, Tensor>(saved, attributes), dy });
        return attributes.given.map((name) => gradients[`d${name}` as keyof BackwardResult] as Tensor);
      },
    };
  })(...inputs);
}

/** Every element is normalized, also what the statistics took to be 0. */
function withUnfit({ stats, useMean }: Plan, values: Tensor, centred: Tensor, mean: Tensor): Tensor {
  return tf.where(isUnfit(values), useMean ? addShared(stats, values, tf.neg(mean)) : values, centred);
}

/** The gradients of `forward`, or of `apply`, in operations that TensorFlow.js can differentiate once more. */
export function backward(call: BackwardCall<Tensor>): BackwardResult<Tensor> {
  return call.frozenStats ? applyGradients(call) : forwardGradients(call);
}

/**
 * Each part disposes of what it needed before the next begins: a dozen copies of x at a time instead of forty. The
 * statistics are computed anew, for they are to be differentiated too.
 */
function forwardGradients(call: Omit<BackwardCall<Tensor>, 'stats' | 'frozenStats'>): BackwardResult<Tensor> {
  const { plan, dy, x, gamma, weights } = call;
  const { stats: view, useMean } = plan;
  return tf.tidy(() => {
    const { inverse, variance, count, normalized } = normalize(call);
    const weighted = () => viewed(affine({ plan, gamma }, dy), view);
    const [throughMean, throughVariance] = tf.tidy(() => {
      const g = weighted();
      const byMean = useMean ? tf.div(sumOver(view, g), count) : tf.zerosLike(inverse);
      return [byMean, tf.div(sumOver(view, tf.mul(g, normalized)), count)] as [Tensor, Tensor];
    });
    // What the statistics pass on to each element of x, before its weight.
    const slopes = { normalized, throughVariance, throughMean: useMean ? throughMean : undefined };
    const dx = tf.tidy(() => {
      const passed = throughStatistics(view, slopes, weights && viewed(weights, view));
      return tf.reshape(scaleShared(view, tf.sub(weighted(), passed), inverse), x.shape);
    });
    const dweights =
      weights && tf.tidy(() => tf.reshape(weightGradient(view, slopes, variance, inverse), weights.shape));
    return { dx, ...affineGradients(plan, dy, normalized), ...(dweights && { dweights }) };
  });
}

function normalize(call: ForwardCall<Tensor>): Omit<Standardized, 'centred'> & { normalized: Tensor } {
  return tf.tidy(() => {
    const { centred, ...statistics } = standardize(call);
    return { ...statistics, normalized: scaleShared(call.plan.stats, centred, statistics.inverse) };
  });
}

/** What a loss passes on through the statistics of a segment, beside its normalized elements. */
interface Slopes {
  readonly normalized: Tensor;
  readonly throughMean: Tensor | undefined;
  readonly throughVariance: Tensor;
}

function throughStatistics(view: View, slopes: Slopes, weights?: Tensor): Tensor {
  const { normalized, throughMean, throughVariance } = slopes;
  // The weight first: of an ignored element far off, x̂ times the sum may be more than float32 holds.
  const along = scaleShared(view, weights ? tf.mul(weights, normalized) : normalized, throughVariance);
  if (!throughMean) return along;
  return weights ? tf.add(along, scaleShared(view, weights, throughMean)) : addShared(view, along, throughMean);
}

/** d mean / d weight is (x − mean) / count, and d variance / d weight is ((x − mean)² − variance) / count. */
function weightGradient(view: View, slopes: Slopes, variance: Tensor, inverse: Tensor): Tensor {
  const { normalized, throughMean, throughVariance } = slopes;
  const spread = tf.mul(tf.mul(variance, tf.square(inverse)), throughVariance);
  const squares = tf.mul(normalized, scaleShared(view, normalized, throughVariance));
  const byVariance = tf.mul(-0.5, addShared(view, squares, tf.neg(spread)));
  return throughMean ? tf.sub(byVariance, scaleShared(view, normalized, throughMean)) : byVariance;
}

export function apply(call: ApplyCall<Tensor>): Tensor {
  const { centred, inverse } = fromStats(call);
  return tf.reshape(affine(call, scaleShared(call.plan.stats, centred, inverse)), call.x.shape);
}

function applyGradients(call: BackwardCall<Tensor>): BackwardResult<Tensor> {
  const { plan, dy, x } = call;
  const { centred, inverse } = fromStats(call);
  const g = viewed(affine({ plan, gamma: call.gamma }, dy), plan.stats);
  const normalized = scaleShared(plan.stats, centred, inverse);
  return { dx: tf.reshape(scaleShared(plan.stats, g, inverse), x.shape), ...affineGradients(plan, dy, normalized) };
}

/** gamma · values + beta, with the four extents of the affine view. */
function affine({ plan, gamma, beta }: Pick<ForwardCall<Tensor>, 'plan' | 'gamma' | 'beta'>, values: Tensor): Tensor {
  const view = plan.affine;
  const shared = perSegment(view);
  const grouped = viewed(values, view);
  const scaled = gamma ? scaleShared(view, grouped, tf.reshape(gamma, shared)) : grouped;
  return beta ? addShared(view, scaled, tf.reshape(beta, shared)) : scaled;
}

function affineGradients(plan: Plan, dy: Tensor, normalized: Tensor): { dgamma: Tensor; dbeta: Tensor } {
  const gradient = viewed(dy, plan.affine);
  const sum = (v: Tensor) => tf.reshape(sumOver(plan.affine, v), [segmentCount(plan.affine)]);
  return { dgamma: sum(tf.mul(gradient, viewed(normalized, plan.affine))), dbeta: sum(gradient) };
}
