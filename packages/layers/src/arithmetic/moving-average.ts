import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';

/** Moves an average towards a new value, of which `kept` of what it was remains. Nothing but the variable changes. */
export function moveAverage(average: LayerVariable, value: tf.Tensor, kept: number | tf.Tensor): void {
  tf.tidy(() => {
    average.write(tf.add(tf.mul(average.read(), kept), tf.mul(value, tf.sub(1, kept))));
  });
}
