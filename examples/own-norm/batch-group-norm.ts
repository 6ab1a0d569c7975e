import { type AffineOptions, defineNorm, type PlanAxis, type SharedOptions } from '@normkit/core';

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
export const batchGroupNorm = defineNorm<Options, Options & AffineOptions & SharedOptions>({
  name: 'batchGroupNorm',
  options: { groups: 1, axis: -1 },
  epsilon: 1e-3,
  parameters: ['gamma', 'beta'],
  useMean: true,
  reference: 'this example',
  axesOf(op, shape, { groups, axis }) {
    const channelAxis = (axis + shape.length) % shape.length;
    const channels = shape[channelAxis] ?? 0;
    if (channels % groups !== 0) throw new Error(`${op}: ${channels} channels cannot be divided into ${groups} groups`);
    const shared = { ownStats: false, ownAffine: false };
    return {
      // The channel axis as two: the groups, which have statistics of their own, and the channels within one.
      axes: shape.flatMap((size, index): PlanAxis[] =>
        index === channelAxis
          ? [
              { size: groups, ownStats: true, ownAffine: true },
              { size: channels / groups, ownStats: false, ownAffine: true },
            ]
          : [{ size, ...shared }],
      ),
      parameterShape: [channels],
      reducedAxes: shape.map((_, index) => index).filter((index) => index !== channelAxis),
      channels: { axis: channelAxis, groups, size: channels / groups },
    };
  },
});
