import { batchNormWithStats } from '@normkit/core';
import * as tf from '@tensorflow/tfjs-core';

/** One axis, or several neighbouring axes as one. */
export interface MergedAxis {
  readonly size: number;
  /** Whether there is a statistic for each index. */
  readonly isKept: boolean;
}

/**
 * A shape with fewer axes: neighbouring axes become one if statistics are kept along both or along neither. So
 * [8, 28, 28, 3] with the last axis kept is [6272, 3]. The elements stay where they are. TensorFlow.js's own operations
 * broadcast and transpose a few axes only.
 */
export function mergeAxes(shape: readonly number[], kept: readonly number[]): MergedAxis[] {
  const merged: MergedAxis[] = [];
  for (const [axis, size] of shape.entries()) {
    const isKept = kept.includes(axis);
    const last = merged.at(-1);
    if (last?.isKept === isKept) merged[merged.length - 1] = { size: last.size * size, isKept };
    else merged.push({ size, isKept });
  }
  return merged;
}

/** Mean and population variance over all axes but the kept ones. The caller disposes them. */
export function momentsAlong(x: tf.Tensor, kept: readonly number[]): { mean: tf.Tensor; variance: tf.Tensor } {
  return tf.tidy(() => {
    const merged = mergeAxes(x.shape, kept);
    const axesThat = (isKept: boolean) => merged.flatMap((axis, index) => (axis.isKept === isKept ? [index] : []));
    const channels = kept.reduce((count, axis) => count * (x.shape[axis] ?? 1), 1);
    const values = tf.reshape(
      tf.cast(x, 'float32'),
      merged.map(({ size }) => size),
    );
    const rows = tf.transpose(values, [...axesThat(false), ...axesThat(true)]);
    const { mean, variance } = batchNormWithStats(tf.reshape(rows, [x.size / channels, channels]));
    return { mean, variance };
  });
}
