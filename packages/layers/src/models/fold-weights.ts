import * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { BatchNormFields } from './batch-norm-fields.ts';

/** A layer's kernel that a batch normalization scales: which of its weights, and the shape in which gamma fits it. */
interface Kernel {
  readonly index: number;
  readonly scaleShape: (kernel: tf.Tensor) => number[];
}

const outputsLast: Kernel = { index: 0, scaleShape: () => [-1] };
/** [height, width, outputs, inputs] */
const outputsBeforeInputs: Kernel = { index: 0, scaleShape: () => [-1, 1] };

const kernels: Readonly<Record<string, Kernel>> = {
  Conv1D: outputsLast,
  Conv2D: outputsLast,
  Conv3D: outputsLast,
  Dense: outputsLast,
  Conv2DTranspose: outputsBeforeInputs,
  Conv3DTranspose: outputsBeforeInputs,
  /** [height, width, inputs, multiplier]: output channel = input · multiplier + index. */
  DepthwiseConv2D: { index: 0, scaleShape: (kernel) => kernel.shape.slice(2) },
  /** The depthwise kernel, then the pointwise one. */
  SeparableConv2D: { index: 1, scaleShape: () => [-1] },
};

export function isFoldable(layer: layers.Layer): boolean {
  return Object.hasOwn(kernels, layer.getClassName());
}

/** The axis of the output, of this rank, along which the layer has one bias each. */
export function outputAxis(layer: layers.Layer, rank: number): number {
  return (layer as { dataFormat?: string }).dataFormat === 'channelsFirst' ? 1 : rank - 1;
}

/**
 * The weights, with a bias, of a layer that does what this layer and then the batch normalization do. They belong to
 * the caller's tidy.
 */
export function foldWeights(layer: layers.Layer, weights: readonly tf.Tensor[], norm: BatchNormFields): tf.Tensor[] {
  const { index, scaleShape } = kernels[layer.getClassName()] ?? outputsLast;
  const [mean, variance] = [norm.movingMean.read(), norm.movingVariance.read()];
  const deviation = tf.sqrt(tf.add(variance, norm.epsilon));
  const scale = norm.gamma ? tf.div(norm.gamma.read(), deviation) : tf.reciprocal(deviation);
  const bias = weights[index + 1];
  const shifted = tf.mul(bias ? tf.sub(bias, mean) : tf.neg(mean), scale);
  const folded = weights.slice(0, index + 1).map((weight, position) => {
    return position === index ? tf.mul(weight, tf.reshape(scale, scaleShape(weight))) : weight;
  });
  return [...folded, norm.beta ? tf.add(shifted, norm.beta.read()) : shifted];
}
