import type { Tensor } from '@tensorflow/tfjs-core';
import { NormkitError } from './errors.ts';
import { isOnGpu } from './where-it-runs.ts';

type StatisticKind = 'mean' | 'variance';

/** The first channel whose value is no mean, or no variance, of data: NaN, an infinity, a negative variance. -1: none. */
export function faultyChannel(kind: StatisticKind, values: ArrayLike<number>): number {
  return Array.from(values).findIndex((value) => !Number.isFinite(value) || (kind === 'variance' && value < 0));
}

/** The faulty channel of values as a mean, and as a variance. */
interface Faults extends Readonly<Record<StatisticKind, number>> {
  readonly values: ArrayLike<number>;
}

const none: Faults = { mean: -1, variance: -1, values: [] };

/** What has been found, by the data of tensors: they do not change, so that looking once is enough. */
const found = new WeakMap<object, Faults>();

/** Whether the values of this tensor have been read. */
export function isInspected({ dataId }: Tensor): boolean {
  return found.has(dataId);
}

/** Marks a statistic as computed from data: if it is NaN, no check refuses it. */
export function trustStatistic({ dataId }: Tensor): void {
  found.set(dataId, none);
}

/**
 * Reads a statistic once and for all, so that checking it at each call reads nothing. For what is done once, such as
 * setting a weight: a GPU has to be waited for, and what cannot be read synchronously stays unknown.
 */
export function inspectStatistic(statistic: Tensor): void {
  if (isInspected(statistic)) return;
  const values = valuesOf(statistic);
  if (!values) return;
  const variance = faultyChannel('variance', values);
  found.set(statistic.dataId, variance < 0 ? none : { mean: faultyChannel('mean', values), variance, values });
}

function valuesOf(statistic: Tensor): Float32Array | undefined {
  try {
    return Float32Array.from(statistic.dataSync());
  } catch {
    return undefined;
  }
}

/**
 * Refuses a mean, variance or deviation, one value for each channel, that no data have: NaN, an infinity, or a negative
 * variance. Costs nothing where it has been inspected; on a GPU one that has not been is let through.
 *
 * @param subject the statistic in words. Default: the argument's name.
 */
export function checkStatistic(
  op: string,
  argument: string,
  kind: StatisticKind,
  statistic: Tensor,
  subject = argument,
): void {
  if (!isInspected(statistic) && !isOnGpu()) inspectStatistic(statistic);
  const { values, [kind]: channel } = found.get(statistic.dataId) ?? none;
  if (channel < 0) return;
  const condition = kind === 'mean' ? 'be finite' : 'be finite, and 0 or more,';
  throw new NormkitError(
    op,
    argument,
    `${subject} must ${condition} in every channel. Got ${values[channel]} in channel ${channel}; such numbers come from a training that diverged, or are values of something else.`,
  );
}
