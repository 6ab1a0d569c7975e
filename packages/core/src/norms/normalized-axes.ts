import { checkAxes } from '../arguments.ts';
import type { NormAxes, Settings } from './definition.ts';

/** Norms that take the axes that are normalized together. */
export interface NormalizedAxes {
  /** The axis or axes that are normalized together, in any order. Default: -1. */
  readonly axis?: number | readonly number[] | undefined;
}

/** One set of statistics for each index of the other axes; gamma and beta have the extents of the normalized ones. */
export function normalizedAxesOf(op: string, shape: readonly number[], { axis }: Settings<NormalizedAxes>): NormAxes {
  const reducedAxes = checkAxes(op, axis, shape);
  const isReduced = new Set(reducedAxes);
  return {
    axes: shape.map((size, index) => ({ size, ownStats: !isReduced.has(index), ownAffine: isReduced.has(index) })),
    parameterShape: reducedAxes.map((index) => shape[index] ?? 0),
    reducedAxes,
  };
}
