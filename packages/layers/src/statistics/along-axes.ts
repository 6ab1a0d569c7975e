import * as tf from '@tensorflow/tfjs-core';

/** Values that belong to these axes of x, in ascending order of axis, as they broadcast to x. */
export function alongAxes(values: tf.Tensor, axes: readonly number[], x: tf.Tensor): tf.Tensor {
  return tf.reshape(
    values,
    x.shape.map((size, axis) => (axes.includes(axis) ? size : 1)),
  );
}
