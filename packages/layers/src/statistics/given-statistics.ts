import { NormkitError } from '@normkit/core';
import { faultyChannel, shapeText, valueText } from '@normkit/core/checks';
import { broadcastTo, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { type NestedNumbers, nestedNumbers } from '../arguments/nested-numbers.ts';

/** Numbers in arrays, nested once for each axis. A single number is for all channels. */
export type StatisticsLike = number | ArrayLike<number> | readonly StatisticsLike[];

export type StatisticName = 'mean' | 'variance';

/** A mean or a variance that was given as an argument: in plain arrays, as a config has it, and flat. */
export interface GivenStatistic extends NestedNumbers {
  readonly given: number | unknown[];
}

export type GivenStatistics = Readonly<Record<StatisticName, GivenStatistic>>;

/**
 * The statistics that are arguments of a layer; undefined where neither is given.
 *
 * @throws NormkitError where one is missing, is not numbers, or where `checkGivenStatistic` throws.
 */
export function givenStatistics(label: string, mean: unknown, variance: unknown): GivenStatistics | undefined {
  if (mean == null && variance == null) return undefined;
  return { mean: givenStatistic(label, 'mean', mean), variance: givenStatistic(label, 'variance', variance) };
}

function givenStatistic(label: string, name: StatisticName, value: unknown): GivenStatistic {
  if (value == null) {
    throw new NormkitError(label, name, `${name} must be given with the other of mean and variance. Got none.`);
  }
  const given = ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value;
  const numbers = nestedNumbers(given);
  if (numbers) {
    checkGivenStatistic(label, name, numbers.values);
    return { given: given as number | unknown[], ...numbers };
  }
  throw new NormkitError(
    label,
    name,
    `${name} must be a number, or numbers in an array for each axis. Got ${valueText(value)}.`,
  );
}

/** @throws NormkitError with the channel where a mean or variance is not finite, or a variance is negative. */
export function checkGivenStatistic(label: string, name: StatisticName, values: ArrayLike<number>): void {
  const channel = faultyChannel(name, values);
  if (channel === -1) return;
  throw new NormkitError(
    label,
    name,
    `the ${name} of each channel must be ${name === 'mean' ? 'finite' : 'finite and not negative'}. Got ${values[channel]} for channel ${channel} of ${values.length}.`,
  );
}

/** The statistic for each channel. As in numpy, the last axes are aligned, and an extent of 1 is repeated. */
export function broadcastStatistic({ values, shape }: GivenStatistic, extents: readonly number[]): Tensor {
  const kept = shape.slice(surplusAxes(shape, extents));
  return broadcastTo(tensor([...values], kept, 'float32'), [...extents]);
}

/** @throws NormkitError where a statistic that was given does not broadcast to these extents. */
export function checkBroadcast(
  label: string,
  name: StatisticName,
  { shape }: GivenStatistic,
  extents: readonly number[],
): void {
  const surplus = surplusAxes(shape, extents);
  const missing = Math.max(0, extents.length - shape.length);
  const fits = shape.every((size, axis) => size === 1 || size === extents[axis - surplus + missing]);
  if (fits) return;
  throw new NormkitError(
    label,
    name,
    `${name} must broadcast to the extents of the axes, ${shapeText(extents)}. Got shape ${shapeText(shape)}.`,
  );
}

/** How many axes a shape has more than there are extents. */
function surplusAxes(shape: readonly number[], extents: readonly number[]): number {
  return Math.max(0, shape.length - extents.length);
}
