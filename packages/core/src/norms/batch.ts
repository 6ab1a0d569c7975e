import { checkAxis, checkEpsilon } from '../arguments.ts';
import type { Norm } from './norm.ts';

export interface BatchNormGrouping {
  /** The channel axis: the only one that is not reduced. */
  readonly axis?: number | undefined;
  readonly epsilon?: number | undefined;
}

/** Batch normalization (Ioffe and Szegedy 2015, arXiv:1502.03167): statistics per channel, over all other axes. */
export function planBatchNorm(
  shape: readonly number[],
  { axis = -1, epsilon = 1e-3 }: BatchNormGrouping = {},
  op = 'batchNorm',
): Norm {
  const channelAxis = checkAxis(op, axis, shape);
  return {
    op,
    shape,
    grouping: {
      axes: shape.map((size, index) => ({ size, ownStats: index === channelAxis, ownAffine: index === channelAxis })),
      useMean: true,
      epsilon: checkEpsilon(op, epsilon),
    },
    parameterShape: [shape[channelAxis] ?? 0],
    reducedAxes: shape.map((_, index) => index).filter((index) => index !== channelAxis),
  };
}
