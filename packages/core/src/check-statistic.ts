import type { Tensor } from '@tensorflow/tfjs-core';
import { NormkitError } from './errors.ts';
import { isOnGpu } from './gpu.ts';

/** The first channels, if any, in which values are no statistic of data. */
interface Faults {
  readonly notFinite: number;
  readonly negative: number;
  readonly values: ArrayLike<number>;
}

const none: Faults = { notFinite: -1, negative: -1, values: [] };

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
  const notFinite = values.findIndex((value) => !Number.isFinite(value));
  const negative = values.findIndex((value) => value < 0);
  found.set(statistic.dataId, notFinite < 0 && negative < 0 ? none : { notFinite, negative, values });
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
  kind: 'mean' | 'variance',
  statistic: Tensor,
  subject = argument,
): void {
  if (!isInspected(statistic) && !isOnGpu()) inspectStatistic(statistic);
  const { notFinite, negative, values } = found.get(statistic.dataId) ?? none;
  const channel = notFinite < 0 && kind === 'variance' ? negative : notFinite;
  if (channel < 0) return;
  const condition = kind === 'mean' ? 'be finite' : 'be finite, and 0 or more,';
  throw new NormkitError(
    op,
    argument,
    `${subject} must ${condition} in every channel. Got ${values[channel]} in channel ${channel}; such numbers come from a training that diverged, or are values of something else.`,
  );
}
