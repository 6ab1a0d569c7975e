import { trustStatistic } from '@normkit/core/checks';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable } from '@tensorflow/tfjs-layers';

/** Moves an average towards a new value, of which `kept` of what it was remains. Nothing but the variable changes. */
export function moveAverage(average: LayerVariable, value: tf.Tensor, kept: number | tf.Tensor): void {
  tf.tidy(() => {
    setComputed(average, tf.add(tf.mul(average.read(), kept), tf.mul(value, tf.sub(1, kept))));
  });
}

/**
 * Sets a statistic that has been computed from data. What is written to a weight is read, for which a GPU would have to be
 * waited for at each step; and a training that diverged is to show its NaN and not to throw.
 */
export function setComputed(statistic: LayerVariable, value: tf.Tensor): void {
  const variable = statistic.read() as tf.Variable;
  variable.assign(value);
  trustStatistic(variable);
}
