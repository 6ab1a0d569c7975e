import { checkChannelAxis, checkGroups } from '../arguments.ts';
import type { PlanAxis } from '../plan.ts';
import type { NormAxes } from './definition.ts';

/** Norms that take the axis of the channels, where each sample has statistics of its own. */
export interface ChannelAxis {
  /** The channel axis; not 0, which is the batch. Default: -1. */
  readonly axis?: number | undefined;
}

/** One set of statistics for each sample and group of consecutive channels; one gamma and beta for each channel. */
export function groupedChannelsOf(op: string, shape: readonly number[], axis: number, groups: number): NormAxes {
  const channelAxis = checkChannelAxis(op, axis, shape);
  const channels = shape[channelAxis] ?? 0;
  const count = checkGroups(op, groups, axis, shape, channels);
  const perGroup = channels === 0 ? 0 : channels / count;
  const axes = shape.flatMap((size, index): PlanAxis[] => {
    if (index === 0) return [{ size, ownStats: true, ownAffine: false }];
    if (index !== channelAxis) return [{ size, ownStats: false, ownAffine: false }];
    return [
      { size: count, ownStats: true, ownAffine: true },
      { size: perGroup, ownStats: false, ownAffine: true },
    ];
  });
  return {
    axes,
    parameterShape: [channels],
    reducedAxes: shape.map((_, index) => index).filter((index) => index !== 0 && index !== channelAxis),
    channels: { axis: channelAxis, groups: count, size: perGroup },
  };
}
