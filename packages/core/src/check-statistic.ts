import type { Tensor } from '@tensorflow/tfjs-core';
import { NormkitError } from './errors.ts';
import { isOnGpu } from './gpu.ts';

/** Data of statistics that have been looked at, or need not be. Tensors do not change, so once is enough. */
const trusted = new WeakSet<object>();

/** Takes a statistic for what it is: whoever computed it from data is not told that it is NaN. */
export function trustStatistic(statistic: Tensor): void {
  trusted.add(statistic.dataId);
}

export function isTrusted(statistic: Tensor): boolean {
  return trusted.has(statistic.dataId);
}

/**
 * Refuses a mean, variance or deviation, one value for each channel, that no data have: NaN, an infinity, or a negative
 * variance. The values are read, unless they have been before; what cannot be read synchronously is let through. For what
 * is done once, such as setting a weight.
 *
 * @param subject the statistic in words. Default: the argument's name.
 */
export function checkStatistic(
  op: string,
  argument: string,
  kind: 'mean' | 'variance',
  statistic: Tensor,
  subject = argument,
): void {
  if (isTrusted(statistic)) return;
  const values = valuesOf(statistic);
  const isRight = (value: number) => Number.isFinite(value) && (kind === 'mean' || value >= 0);
  const channel = values?.findIndex((value) => !isRight(value)) ?? -1;
  if (channel >= 0) {
    const condition = kind === 'mean' ? 'be finite' : 'be finite, and 0 or more,';
    throw new NormkitError(
      op,
      argument,
      `${subject} must ${condition} in every channel. Got ${values?.[channel]} in channel ${channel}; such numbers come from a training that diverged, or are values of something else.`,
    );
  }
  if (values) trustStatistic(statistic);
}

/** The same, for what is done at each call: nothing is read on a GPU, which would have to be waited for. */
export const checkStatisticAtOnce: typeof checkStatistic = (op, argument, kind, statistic, subject) => {
  if (!isTrusted(statistic) && !isOnGpu()) checkStatistic(op, argument, kind, statistic, subject);
};

function valuesOf(statistic: Tensor): Float32Array | undefined {
  try {
    return statistic.dataSync() as Float32Array;
  } catch {
    return undefined;
  }
}
