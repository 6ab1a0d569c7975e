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

/**
 * The axes in an order in which both groupings are views. That is their own order, but where one of the two cannot be
 * written as four extents (layer norm over axes 1 and 3 of four, say): then the axes with statistics of their own move to
 * the front, which makes both exact.
 */
export function orderedAxes(axes: readonly PlanAxis[]): readonly PlanAxis[] {
  if (viewsOf(axes)) return axes;
  return [...axes.filter(({ ownStats }) => ownStats), ...axes.filter(({ ownStats }) => !ownStats)];
}

/** The plan of a buffer with these axes, in the order of {@link orderedAxes}. */
export function planOf(axes: readonly PlanAxis[], { useMean, epsilon }: Pick<Plan, 'useMean' | 'epsilon'>): Plan {
  const views = viewsOf(axes);
  if (views) return { ...views, useMean, epsilon };
  throw new Error(`[normkit] no plan for ${JSON.stringify(axes)}: this is a defect of normkit`);
}

function viewsOf(axes: readonly PlanAxis[]): Pick<Plan, 'stats' | 'affine'> | undefined {
  const stats = viewOf(axes.map(({ size, ownStats }) => ({ size, kept: ownStats })));
  const affine = viewOf(axes.map(({ size, ownAffine }) => ({ size, kept: ownAffine })));
  return stats && affine && { stats, affine };
}
