import { checkChannelAxis, checkEpsilon, checkGroups } from '../arguments.ts';
import type { PlanAxis } from '../plan.ts';
import type { Norm } from './norm.ts';

export interface GroupNormGrouping {
  /** How many groups of consecutive channels: a divisor of their number, or -1 for one group per channel. */
  readonly groups?: number | undefined;
  /** The channel axis; not 0, which is the batch. */
  readonly axis?: number | undefined;
  readonly epsilon?: number | undefined;
}

/** Group normalization (Wu and He 2018, arXiv:1803.08494): statistics per sample and group of channels. */
export function planGroupNorm(
  shape: readonly number[],
  { groups = 32, axis = -1, epsilon = 1e-3 }: GroupNormGrouping = {},
  op = 'groupNorm',
): Norm {
  const channelAxis = checkChannelAxis(op, axis, shape);
  const channels = shape[channelAxis] ?? 0;
  const count = checkGroups(op, groups, axis, shape, channels);
  const axes = shape.flatMap((size, index): PlanAxis[] => {
    if (index === 0) return [{ size, ownStats: true, ownAffine: false }];
    if (index !== channelAxis) return [{ size, ownStats: false, ownAffine: false }];
    return [
      { size: count, ownStats: true, ownAffine: true },
      { size: channels === 0 ? 0 : channels / count, ownStats: false, ownAffine: true },
    ];
  });
  return {
    op,
    shape,
    grouping: { axes, useMean: true, epsilon: checkEpsilon(op, epsilon) },
    parameterShape: [channels],
    reducedAxes: shape.map((_, index) => index).filter((index) => index !== 0 && index !== channelAxis),
    channels: { axis: channelAxis, groups: count },
  };
}

export type InstanceNormGrouping = Omit<GroupNormGrouping, 'groups'>;

/** Instance normalization (Ulyanov et al. 2016, arXiv:1607.08022): group normalization with one channel per group. */
export function planInstanceNorm(shape: readonly number[], options: InstanceNormGrouping = {}): Norm {
  return planGroupNorm(shape, { ...options, groups: -1 }, 'instanceNorm');
}
