import * as tf from '@tensorflow/tfjs-core';

/** Of the squared length, below which a vector is divided by its root instead. */
const smallest = 1e-12;

/** x / √max(Σx², 1e-12): vectors along these axes get the length 1, unless they are nearly 0. As TensorFlow's. */
export function l2Normalize(x: tf.Tensor, axes: number[]): tf.Tensor {
  return tf.mul(x, tf.rsqrt(tf.maximum(tf.sum(tf.square(x), axes, true), smallest)));
}
