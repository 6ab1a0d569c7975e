import { defineNorm, type PlanAxis } from '@normkit/core';
import { checkAxis, checkGroups } from '@normkit/core/checks';

interface Options {
  /** How many groups of consecutive channels share statistics: a divisor of their number. Default: 1. */
  readonly groups?: number | undefined;
  /** The channel axis. Default: -1. */
  readonly axis?: number | undefined;
}

/**
 * Batch norm whose channels share statistics in groups: one mean and variance for each group, over the batch and all
 * positions; one gamma and beta for each channel.
 */
export const batchGroupNorm = defineNorm<Options>({
  name: 'batchGroupNorm',
  options: { groups: 1, axis: -1 },
  epsilon: 1e-3,
  parameters: ['gamma', 'beta'],
  useMean: true,
  reference: 'this example',
  axesOf(op, shape, { groups, axis }) {
    // The checks of core: an axis counted from the front, and a number of groups that divides the channels.
    const channelAxis = checkAxis(op, axis, shape);
    const channels = shape[channelAxis] ?? 0;
    const count = checkGroups(op, groups, axis, shape, channels);
    const shared = { ownStats: false, ownAffine: false };
    return {
      // The channel axis as two: the groups, which have statistics of their own, and the channels within one.
      axes: shape.flatMap((size, index): PlanAxis[] =>
        index === channelAxis
          ? [
              { size: count, ownStats: true, ownAffine: true },
              { size: channels / count, ownStats: false, ownAffine: true },
            ]
          : [{ size, ...shared }],
      ),
      parameterShape: [channels],
      reducedAxes: shape.map((_, index) => index).filter((index) => index !== channelAxis),
      channels: { axis: channelAxis, groups: count, size: channels / count },
    };
  },
});
