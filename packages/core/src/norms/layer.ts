import { checkAxes, checkEpsilon } from '../arguments.ts';
import type { Norm } from './norm.ts';

export interface LayerNormGrouping {
  /** The axis or axes that are normalized together, in any order. */
  readonly axis?: number | readonly number[] | undefined;
  readonly epsilon?: number | undefined;
}

/** Layer normalization (Ba et al. 2016, arXiv:1607.06450): statistics over `axis`, for every index of the other axes. */
export function planLayerNorm(shape: readonly number[], { axis = -1, epsilon = 1e-3 }: LayerNormGrouping = {}): Norm {
  return planNormalizedAxes('layerNorm', shape, axis, epsilon, true);
}

/** Root mean square normalization (Zhang and Sennrich 2019, arXiv:1910.07467): layer normalization with the mean taken as 0. */
export function planRmsNorm(shape: readonly number[], { axis = -1, epsilon = 1e-6 }: LayerNormGrouping = {}): Norm {
  return planNormalizedAxes('rmsNorm', shape, axis, epsilon, false);
}

function planNormalizedAxes(
  op: string,
  shape: readonly number[],
  axis: unknown,
  epsilon: unknown,
  useMean: boolean,
): Norm {
  const normalized = checkAxes(op, axis, shape);
  const isNormalized = new Set(normalized);
  const axes = shape.map((size, index) => {
    const inside = isNormalized.has(index);
    return { size, ownStats: !inside, ownAffine: inside };
  });
  return {
    op,
    shape,
    grouping: { axes, useMean, epsilon: checkEpsilon(op, epsilon) },
    parameterShape: normalized.map((index) => shape[index] ?? 0),
    reducedAxes: normalized,
  };
}
