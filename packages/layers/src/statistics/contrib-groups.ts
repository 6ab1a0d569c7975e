import { checkChannelAxis } from '@normkit/core/checks';
import * as tf from '@tensorflow/tfjs-core';

/** What is normalized. */
export interface GroupedValues {
  readonly x: tf.Tensor;
  /** The axis whose channels are divided into groups. */
  readonly axis: number;
  readonly mask: tf.Tensor | undefined;
}

/**
 * Normalizes groups of channels as keras-contrib does for channels that come last. keras-contrib reads the memory of
 * [N, …, C] as [N, groups, …, C / groups]. A group is therefore a run of the flattened sample, and mixes all channels.
 * gamma and beta belong to a group and an index of its last axis.
 *
 * Transposed to [N, places, groups · C / groups], the same values are channels in groups of the usual kind. `normalize`
 * gets them in this form.
 *
 * @param groups -1 for one group per channel.
 * @see keras-contrib `GroupNormalization`, which reshapes without a transpose.
 */
export function inContribGroups(
  values: GroupedValues,
  groups: number,
  normalize: (values: GroupedValues) => tf.Tensor,
): tf.Tensor {
  const { x, mask } = values;
  const axis = checkChannelAxis('GroupNormalization', values.axis, x.shape);
  // With the channels in front a run of the flattened sample is a group of channels.
  if (axis !== x.rank - 1 || x.size === 0) return normalize(values);
  const channels = x.shape[axis] ?? 0;
  const count = groups === -1 ? channels : groups;
  const size = channels / count;
  const places = x.size / ((x.shape[0] ?? 1) * channels);
  const asChannels = (given: tf.Tensor) => {
    const runs = tf.reshape(given, [-1, count, places, size]);
    return tf.reshape(tf.transpose(runs, [0, 2, 1, 3]), [-1, places, channels]);
  };
  const y = normalize({ x: asChannels(x), axis: 2, mask: mask && asChannels(tf.broadcastTo(mask, x.shape)) });
  return tf.reshape(tf.transpose(tf.reshape(y, [-1, places, count, size]), [0, 2, 1, 3]), x.shape);
}
