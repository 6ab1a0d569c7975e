import * as tf from '@tensorflow/tfjs-core';

export interface WeightedMoments {
  /** x − mean. */
  readonly centered: tf.Tensor;
  /** The population's variance, by a second pass. Each reduced axis has the extent 1. */
  readonly variance: tf.Tensor;
}

/**
 * Statistics over these axes, for layers that no op of `@normkit/core` computes. Each element counts as often as its
 * weight says. If all weights are 0, both results are 0.
 */
export function weightedMoments(x: tf.Tensor, axes: number[], mask: tf.Tensor | undefined): WeightedMoments {
  if (!mask) {
    const centered = tf.sub(x, tf.mean(x, axes, true));
    return { centered, variance: tf.mean(tf.square(centered), axes, true) };
  }
  const weights = tf.broadcastTo(tf.cast(mask, 'float32'), x.shape);
  const count = tf.sum(weights, axes, true);
  const empty = isZero(count);
  const divisor = tf.where(empty, tf.onesLike(count), count);
  const average = (values: tf.Tensor) => tf.div(tf.sum(tf.mul(weights, values), axes, true), divisor);
  const deviations = tf.sub(x, average(x));
  const centered = tf.where(tf.broadcastTo(empty, x.shape), tf.zerosLike(deviations), deviations);
  return { centered, variance: average(tf.square(centered)) };
}

/** TensorFlow.js has no gradient for comparisons, not even 0. `divNoNan` compares, so it has none either. */
function isZero(values: tf.Tensor): tf.Tensor {
  return tf.customGrad((v) => {
    const given = v as tf.Tensor;
    return { value: tf.equal(given, 0), gradFunc: () => tf.zerosLike(given) };
  })(values);
}
