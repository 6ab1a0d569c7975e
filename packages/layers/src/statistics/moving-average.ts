import { trustStatistic } from '@normkit/core/checks';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';

/** Moves an average towards a new value: average · kept + value · (1 − kept). Only the variable changes. */
export function moveAverage(average: LayerVariable, value: tf.Tensor, kept: number | tf.Tensor): void {
  tf.tidy(() => {
    setComputed(average, tf.add(tf.mul(average.read(), kept), tf.mul(value, tf.sub(1, kept))));
  });
}

/**
 * Sets a statistic that training has computed. It assigns to the variable and does not call `write`: `write` reads the
 * value to check it, so each step would wait for the GPU. And a training that diverges shows its NaN, and does not
 * throw.
 */
export function setComputed(statistic: LayerVariable, value: tf.Tensor): void {
  const variable = statistic.read() as tf.Variable;
  variable.assign(value);
  trustStatistic(variable);
}
