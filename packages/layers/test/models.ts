import { type BatchNormalizationArgs, batchNormalization } from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';

/** The two batch normalizations that tools have to take alike. */
export const batchNorms: [string, (args?: BatchNormalizationArgs) => tf.layers.Layer][] = [
  ['ours', (args) => batchNormalization(args)],
  ['the stock one', (args) => tf.layers.batchNormalization(args as never)],
];

/** Gives every weight of a model values that are neither 0 nor 1; variances stay positive. */
export function randomizeWeights(model: tf.LayersModel, seed: number): void {
  for (const [index, weight] of model.weights.entries()) {
    const isVariance = weight.originalName.endsWith('variance');
    const values = isVariance
      ? tf.randomUniform(weight.shape as number[], 0.1, 4, 'float32', seed + index)
      : tf.randomNormal(weight.shape as number[], 0.2, 0.8, 'float32', seed + index);
    weight.write(values);
    values.dispose();
  }
}

/** The largest difference of two tensors, relative to the largest magnitude of the second where that is above 1. */
export function largestDifference(received: tf.Tensor, expected: tf.Tensor): number {
  return tf.tidy(() => {
    const size = tf.maximum(tf.max(tf.abs(expected)), 1);
    return tf.div(tf.max(tf.abs(tf.sub(received, expected))), size).dataSync()[0] ?? Number.NaN;
  });
}
