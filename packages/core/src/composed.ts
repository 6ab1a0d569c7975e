import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Plan } from './plan.ts';
import { addShared, perSegment, scaleShared, sumOver, viewed } from './segments.ts';
import { fromStats, isUnfit, type Standardized, standardize } from './standardize.ts';
import { segmentCount, type View } from './view.ts';

/*
 * The three kernels written with TensorFlow.js's own operations: for backends without kernels, for masks, and
 * wherever a gradient has to be differentiated again. Tensors are float32; x and y have the buffer order of the plan.
 */

/** y. `weights`, of x's size, enter the statistics: each element counts as often as its weight says. */
export function forward(plan: Plan, x: Tensor, gamma?: Tensor, beta?: Tensor, weights?: Tensor): Tensor {
  return output(plan, () => standardize(plan, x, weights), x, gamma, beta, weights);
}

/** Likewise, with one mean and variance for each segment, which TensorFlow.js differentiates. */
export function forwardWithStats(
  plan: Plan,
  x: Tensor,
  gamma?: Tensor,
  beta?: Tensor,
  weights?: Tensor,
): { readonly y: Tensor; readonly mean: Tensor; readonly variance: Tensor } {
  const standardized = standardize(plan, x, weights);
  const y = output(plan, () => standardized, x, gamma, beta, weights);
  const [mean, variance] = [standardized.mean, standardized.variance].map((v) =>
    tf.reshape(v, [segmentCount(plan.stats)]),
  );
  return { y, mean: mean as Tensor, variance: variance as Tensor };
}

/** TensorFlow.js would differentiate 1 / √v by v^-1.5, which float32 loses for values around 1e15. */
function output(
  plan: Plan,
  standardized: () => Standardized,
  x: Tensor,
  gamma?: Tensor,
  beta?: Tensor,
  weights?: Tensor,
): Tensor {
  const given = [x, gamma, beta, weights].filter((tensor) => tensor !== undefined);
  return tf.customGrad((...inputs) => {
    (inputs.pop() as tf.GradSaveFunc)(given);
    const { centred, inverse, mean } = standardized();
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
}

/** Every element is normalized, also what the statistics took to be 0. */
function withUnfit({ stats, useMean }: Plan, values: Tensor, centred: Tensor, mean: Tensor): Tensor {
  return tf.where(isUnfit(values), useMean ? addShared(stats, values, tf.neg(mean)) : values, centred);
}

type Gradients = [dx: Tensor, dgamma: Tensor, dbeta: Tensor];

/**
 * The gradients of `forward`, in operations that TensorFlow.js can differentiate once more. Each part disposes of what it
 * needed before the next begins: a dozen copies of x at a time instead of forty.
 */
export function backward(
  plan: Plan,
  dy: Tensor,
  x: Tensor,
  gamma?: Tensor,
  weights?: Tensor,
): [...Gradients, dweights: Tensor | undefined] {
  const { stats: view, useMean } = plan;
  return tf.tidy(() => {
    const { inverse, variance, count, normalized } = normalize(plan, x, weights);
    const [throughMean, throughVariance] = tf.tidy(() => {
      const g = viewed(affine(plan, dy, gamma), view);
      const byMean = useMean ? tf.div(sumOver(view, g), count) : tf.zerosLike(inverse);
      return [byMean, tf.div(sumOver(view, tf.mul(g, normalized)), count)] as [Tensor, Tensor];
    });
    // What the statistics pass on to each element of x, before its weight.
    const slopes = { normalized, throughVariance, throughMean: useMean ? throughMean : undefined };
    const dx = tf.tidy(() => {
      const passed = throughStatistics(view, slopes, weights && viewed(weights, view));
      const own = viewed(affine(plan, dy, gamma), view);
      return tf.reshape(scaleShared(view, tf.sub(own, passed), inverse), x.shape);
    });
    const dweights =
      weights && tf.tidy(() => tf.reshape(weightGradient(view, slopes, variance, inverse), weights.shape));
    return [dx, ...affineGradients(plan, dy, normalized), dweights];
  });
}

function normalize(plan: Plan, x: Tensor, weights?: Tensor): Omit<Standardized, 'centred'> & { normalized: Tensor } {
  return tf.tidy(() => {
    const { centred, ...statistics } = standardize(plan, x, weights);
    return { ...statistics, normalized: scaleShared(plan.stats, centred, statistics.inverse) };
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
