import { type View, viewOf } from './view.ts';

/**
 * What a kernel needs to know of a normalization: statistics are reduced over the segments of `stats`; gamma and
 * beta are indexed, and their gradients reduced, over the segments of `affine`.
 */
export interface Plan {
  readonly stats: View;
  readonly affine: View;
  /** False for root-mean-square norms: the mean counts as 0. */
  readonly useMean: boolean;
  /** Added to the variance, inside the root. */
  readonly epsilon: number;
}

/** An axis of the input (a channel axis may be split in two) and its part in the two groupings. */
export interface PlanAxis {
  readonly size: number;
  /** One set of statistics per index; otherwise the statistics are reduced over this axis. */
  readonly ownStats: boolean;
  /** One gamma and beta per index; otherwise gamma and beta are shared along this axis. */
  readonly ownAffine: boolean;
}

/** What a norm says of one call: the axes in memory order, and what is not about axes. */
export interface Grouping {
  readonly axes: readonly PlanAxis[];
  readonly useMean: boolean;
  readonly epsilon: number;
}

/** A plan, and the order in which its buffer holds the grouping's axes if that is not the input's own. */
export interface Planned {
  readonly plan: Plan;
  readonly permutation: readonly number[] | undefined;
}

/**
 * The plan of a grouping. Where a view cannot be written as four extents (layer norm over axes 1 and 3 of four, say)
 * the axes with statistics of their own move to the front, which makes both views exact.
 */
export function planOf(grouping: Grouping): Planned {
  const inPlace = planInOrder(grouping, grouping.axes);
  if (inPlace) return { plan: inPlace, permutation: undefined };
  const order = grouping.axes.map((_, index) => index);
  const own = (index: number) => grouping.axes[index]?.ownStats === true;
  const permutation = [...order.filter(own), ...order.filter((index) => !own(index))];
  const plan = planInOrder(
    grouping,
    permutation.flatMap((index) => grouping.axes[index] ?? []),
  );
  if (!plan) throw new Error(`[normkit] no plan for ${JSON.stringify(grouping)}: this is a defect of normkit`);
  return { plan, permutation };
}

function planInOrder({ useMean, epsilon }: Grouping, axes: readonly PlanAxis[]): Plan | undefined {
  const stats = viewOf(axes.map(({ size, ownStats }) => ({ size, kept: ownStats })));
  const affine = viewOf(axes.map(({ size, ownAffine }) => ({ size, kept: ownAffine })));
  return stats && affine && { stats, affine, useMean, epsilon };
}
