import { NormkitError } from '@normkit/core';
import { valueText } from '@normkit/core/checks';
import { type AffineArgs, affineArguments } from '../abstract-layers/affine-layer.ts';
import type { RenormClipping } from '../statistics/renorm.ts';
import type { InitializerLike } from '../weights/weight-objects.ts';

export interface BatchNormalizationArgs extends AffineArgs {
  /** The axis of the channels. Default: -1. */
  readonly axis?: number | undefined;
  /** How much of a moving average remains at each step of training. Default: 0.99. */
  readonly momentum?: number | undefined;
  /** Default: zeros. */
  readonly movingMeanInitializer?: InitializerLike | undefined;
  /** Default: ones. */
  readonly movingVarianceInitializer?: InitializerLike | undefined;
  /**
   * `exponential` forgets by `momentum`. `cumulative` is the mean over all batches since the layer was built. It counts
   * the batches in a weight `num_batches_tracked`. Default: exponential.
   */
  readonly movingAverage?: MovingAverage | undefined;
  /** Normalizes by the statistics of the batch at inference too. Default: false. */
  readonly batchStatisticsAtInference?: boolean | undefined;
  /** Batch renormalization: within bounds, training computes the output of inference. Default: false. */
  readonly renorm?: boolean | undefined;
  /** The bounds of the corrections of `renorm`. A bound that is left out does not limit them. */
  readonly renormClipping?: RenormClipping | null | undefined;
  /** How much of the statistics for renormalization remains at each step. Default: 0.99. */
  readonly renormMomentum?: number | undefined;
}

export type MovingAverage = 'exponential' | 'cumulative';

export const batchNormalizationArguments = [
  'axis',
  'momentum',
  ...affineArguments,
  'movingMeanInitializer',
  'movingVarianceInitializer',
  'movingAverage',
  'batchStatisticsAtInference',
  'renorm',
  'renormClipping',
  'renormMomentum',
] as const;

export function checkMomentum(layer: string, argument: string, momentum: unknown): number {
  if (typeof momentum === 'number' && momentum >= 0 && momentum <= 1) return momentum;
  throw new NormkitError(
    layer,
    argument,
    `${argument} must be a number from 0 to 1, the part of the average that remains at a step. Got ${valueText(momentum)}; PyTorch's momentum is 1 minus this one.`,
  );
}

export function checkMovingAverage(layer: string, kind: unknown): MovingAverage {
  if (kind === 'exponential' || kind === 'cumulative') return kind;
  throw new NormkitError(
    layer,
    'movingAverage',
    `movingAverage must be 'exponential' or 'cumulative'. Got ${valueText(kind)}.`,
  );
}
