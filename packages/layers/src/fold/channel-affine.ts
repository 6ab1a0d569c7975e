import type { LayerVariable } from '@tensorflow/tfjs-layers';
import type { BatchNormFields } from '../weights/batch-norm-fields.ts';
import { checkMovingVariance } from './check-moving-variance.ts';

/** y = scale · x + shift, with a scale and a shift for each channel. */
export interface ChannelAffine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/** A scale and a shift for each channel along an axis of a tensor. */
export interface AlongAxis {
  readonly axis: number;
  readonly affine: ChannelAffine;
}

/** What a batch normalization computes at inference: y = scale · (x − mean) + beta, with constants for each channel. */
export interface CentredAffine {
  readonly mean: Float64Array;
  readonly gamma: Float64Array;
  /** gamma / √(variance + epsilon), and 0 where that root is 0, as in core. */
  readonly scale: Float64Array;
  readonly beta: Float64Array;
}

/**
 * Reads the weights of a batch normalization, and computes in double precision.
 *
 * @throws NormkitError where a variance is negative, infinite or NaN.
 */
export function inferenceOf(op: string, path: string, norm: BatchNormFields): CentredAffine {
  const variance = valuesOf(norm.movingVariance);
  checkMovingVariance(op, path, variance);
  const mean = valuesOf(norm.movingMean);
  const gamma = norm.gamma ? valuesOf(norm.gamma) : mean.map(() => 1);
  const scale = variance.map((value, channel) => {
    const root = Math.sqrt(value + norm.epsilon);
    return root === 0 ? 0 : (gamma[channel] ?? 1) / root;
  });
  return { mean, gamma, scale, beta: norm.beta ? valuesOf(norm.beta) : mean.map(() => 0) };
}

function valuesOf(variable: LayerVariable): Float64Array {
  return Float64Array.from(variable.read().dataSync());
}

/** The same with the mean merged into the shift. */
export function withoutMean({ mean, scale, beta }: CentredAffine): ChannelAffine {
  return { scale, shift: beta.map((value, channel) => value - (mean[channel] ?? 0) * (scale[channel] ?? 0)) };
}

/** What `first` and then `second` do. Without a second it is the first. */
export function followedBy(first: ChannelAffine, second: ChannelAffine | undefined): ChannelAffine {
  if (!second) return first;
  return {
    scale: first.scale.map((value, channel) => value * (second.scale[channel] ?? 1)),
    shift: first.shift.map((value, channel) => value * (second.scale[channel] ?? 1) + (second.shift[channel] ?? 0)),
  };
}

/** An affine of `size` channels. Channel i gets the values of channel `source(i)`; if undefined, it stays as it is. */
export function spread(
  affine: ChannelAffine,
  size: number,
  source: (index: number) => number | undefined,
): ChannelAffine {
  const pick = (values: Float64Array, otherwise: number) =>
    Float64Array.from({ length: size }, (_, index) => values[source(index) ?? -1] ?? otherwise);
  return { scale: pick(affine.scale, 1), shift: pick(affine.shift, 0) };
}

/** The first channel whose scale or beta float32 cannot hold, or -1. */
export function unrepresentable({ mean, scale, beta }: CentredAffine): number {
  return scale.findIndex((value, channel) => {
    const values = [value, mean[channel] ?? 0, beta[channel] ?? 0, (mean[channel] ?? 0) * value];
    return !values.every((entry) => Number.isFinite(Math.fround(entry)));
  });
}

/**
 * How many times larger |scale · mean| is than |gamma| + |beta|, the output at one deviation: the largest factor of all
 * channels. Where scale · x and the shift are added in float32, so much of its precision is lost.
 */
export function cancellation({ mean, gamma, scale, beta }: CentredAffine): number {
  const factors = mean.map((value, channel) => {
    const product = Math.abs(value * (scale[channel] ?? 0));
    return product === 0 ? 0 : product / (Math.abs(gamma[channel] ?? 0) + Math.abs(beta[channel] ?? 0));
  });
  return factors.reduce((largest, factor) => Math.max(largest, factor), 0);
}
