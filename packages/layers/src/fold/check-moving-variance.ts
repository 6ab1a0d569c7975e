import { NormkitError } from '@normkit/core';
import { faultyChannel } from '@normkit/core/checks';

/**
 * Refuses the variances of a layer if one is negative, infinite or NaN. No data has such a variance, and the output of
 * a normalization by it is meaningless.
 *
 * @param layer The path of the layer.
 */
export function checkMovingVariance(op: string, layer: string, variance: ArrayLike<number>): void {
  const channel = faultyChannel('variance', variance);
  if (channel === -1) return;
  throw new NormkitError(
    op,
    'model',
    `the moving variance of each channel must be a finite number, 0 or more. Got ${variance[channel]} in channel ${channel} of ${layer}; its weights are damaged or in another order, and recomputeMovingStatistics can set them from data.`,
  );
}
