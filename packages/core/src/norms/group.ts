import { checkAxis, checkEpsilon, listText, shapeText, valueText } from '../arguments.ts';
import { NormkitError } from '../errors.ts';
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

function checkChannelAxis(op: string, axis: unknown, shape: readonly number[]): number {
  const channelAxis = checkAxis(op, axis, shape);
  if (channelAxis !== 0) return channelAxis;
  const valid =
    shape.length > 1 ? `use ${listText(shape.slice(1).map((_, index) => index + 1))}` : 'x needs at least two axes';
  throw new NormkitError(
    op,
    'axis',
    `axis ${axis} is the batch axis of shape ${shapeText(shape)}, and each sample has statistics of its own; ${valid}.`,
  );
}

function checkGroups(op: string, groups: unknown, axis: number, shape: readonly number[], channels: number): number {
  if (groups === -1) return channels;
  const got = `Got shape ${shapeText(shape)} (axis ${axis} = ${channels}) with groups = ${valueText(groups)}`;
  if (typeof groups !== 'number' || !Number.isInteger(groups) || groups < 1) {
    throw new NormkitError(op, 'groups', `groups must be a positive integer, or -1 for one group per channel. ${got}.`);
  }
  if (channels % groups === 0) return groups;
  const divisors = Array.from({ length: channels }, (_, index) => index + 1).filter(
    (divisor) => channels % divisor === 0,
  );
  const shown = divisors.length > 16 ? [...divisors.slice(0, 15), channels] : divisors;
  // Channels that come first are the likely cause where they would fit.
  const other = shape.findIndex((size, index) => index > 0 && size !== channels && size % groups === 0);
  const elsewhere = other > 0 ? `, or axis ${other} if the channels are there` : '';
  const fault =
    groups > channels
      ? 'groups cannot be more than the number of channels'
      : 'the number of channels must be divisible by groups';
  throw new NormkitError(op, 'groups', `${fault}. ${got}; use groups ${listText(shown)}${elsewhere}.`);
}
