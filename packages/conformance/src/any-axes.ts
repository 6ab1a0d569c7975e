import { type AffineOptions, defineNorm, type NormOp, type PlanAxis, type SharedOptions } from '@normkit/core';
import type { TestedNorm } from './norms/definition.ts';

/** The role of an axis in the two groupings. */
export type AxisRole = Omit<PlanAxis, 'size'>;

/** One set of statistics per index, and gamma and beta shared along it: the samples of most norms. */
export const sample: AxisRole = { ownStats: true, ownAffine: false };
/** Reduced, and gamma and beta of its own for each index: the features of a row. */
export const feature: AxisRole = { ownStats: false, ownAffine: true };
/** Reduced, and gamma and beta shared along it: the positions of an image. */
export const position: AxisRole = { ownStats: false, ownAffine: false };
/** Statistics, gamma and beta of its own for each index: the channels of batch norm. */
export const channel: AxisRole = { ownStats: true, ownAffine: true };

/**
 * A norm of any axes, as kernels know it: some have statistics of their own, some gamma and beta of their own. For what is
 * to be asked of kernels, whatever norms there are.
 */
export function normOver(roles: readonly AxisRole[], useMean = true): NormOp<AffineOptions & SharedOptions> {
  const indices = roles.map((_, index) => index);
  return defineNorm({
    name: 'normOver',
    options: {},
    epsilon: 1e-3,
    parameters: ['gamma', 'beta'],
    useMean,
    reference: 'the conformance suite',
    axesOf: (_, shape) => ({
      axes: shape.map((size, index) => ({ size, ...(roles[index] ?? sample) })),
      parameterShape: shape.filter((_, index) => roles[index]?.ownAffine),
      reducedAxes: indices.filter((index) => !roles[index]?.ownStats),
    }),
  });
}

/** The same by index tuples. */
export function definitionOver(
  roles: readonly AxisRole[],
  useMean = true,
): Pick<TestedNorm, 'useMean' | 'segmentOf' | 'parameterAxes'> {
  return {
    useMean,
    segmentOf: (at) => at.filter((_, axis) => roles[axis]?.ownStats),
    parameterAxes: () => roles.flatMap(({ ownAffine }, axis) => (ownAffine ? [axis] : [])),
  };
}

/** The norm of each row: mean and variance of its elements, one gamma and beta for each column. */
export const rowNorm = normOver([sample, feature]);
