import { type GroupNormOptions, groupNorm } from '@normkit/core';
import { checkChannelAxis } from '@normkit/core/checks';
import * as tf from '@tensorflow/tfjs-core';

/**
 * Group normalization as keras-contrib has it for channels that come last: [N, …, C] is taken for [N, groups, …,
 * C / groups] as it lies in memory, so that a group is a run of the flattened sample and mixes all channels. gamma and
 * beta belong to a group and a place in its last axis.
 *
 * The same values, with that last axis behind the places of a group, are channels in groups of the usual kind.
 *
 * @see keras-contrib `GroupNormalization`, which reshapes without a transpose.
 */
export function contribGroupNorm(x: tf.Tensor, options: GroupNormOptions): tf.Tensor {
  const axis = checkChannelAxis('GroupNormalization', options.axis, x.shape);
  const channels = x.shape[axis] ?? 0;
  const groups = options.groups === -1 || options.groups === undefined ? channels : options.groups;
  // With the channels in front a run of the flattened sample is a group of channels.
  if (axis !== x.rank - 1 || x.size === 0) return groupNorm(x, { ...options, groups });
  const size = channels / groups;
  const places = x.size / ((x.shape[0] ?? 1) * channels);
  const runs = (values: tf.Tensor) => tf.reshape(values, [-1, groups, places, size]);
  const asChannels = (values: tf.Tensor) =>
    tf.reshape(tf.transpose(runs(values), [0, 2, 1, 3]), [-1, places, channels]);
  const mask = options.mask === undefined ? undefined : asChannels(tf.broadcastTo(options.mask as tf.Tensor, x.shape));
  const y = groupNorm(asChannels(x), { ...options, groups, axis: 2, mask });
  return tf.reshape(tf.transpose(tf.reshape(y, [-1, places, groups, size]), [0, 2, 1, 3]), x.shape);
}
