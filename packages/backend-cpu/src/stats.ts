import { type BackwardCall, statsRows, type Walk } from '@normkit/core';

/*
 * All four rows of the statistics are used here. The mean has a low part, because float32 keeps 24 bits of the mean and
 * they are used up at a mean of 1e6 and a deviation of 1. The deviation has a row, because float32 does not hold the
 * variance of values around 1e30, but holds their deviation.
 */
const { mean: MEAN, variance: VARIANCE, meanLow: MEAN_LOW, deviation: DEVIATION } = statsRows;
export const ROWS = Object.keys(statsRows).length;

/** A call that reads statistics: `forward` made them, or a caller gave a mean and a variance. */
export interface Reads extends Pick<BackwardCall, 'plan' | 'frozenStats'> {
  readonly walk: Walk;
}

/** Stores a segment's statistics, and returns 1 / √(variance + epsilon). */
export function storeStats(
  stats: Float32Array,
  segment: number,
  mean: number,
  variance: number,
  epsilon: number,
): number {
  const segments = stats.length / ROWS;
  const high = Math.fround(mean);
  const deviation = Math.sqrt(variance + epsilon);
  stats[MEAN * segments + segment] = high;
  stats[VARIANCE * segments + segment] = variance;
  stats[MEAN_LOW * segments + segment] = mean - high;
  stats[DEVIATION * segments + segment] = deviation;
  return inverseOf(deviation);
}

/** The mean of a segment. */
export function loadMean(stats: Float32Array, segment: number, { plan, walk, frozenStats }: Reads): number {
  if (!plan.useMean) return 0;
  const high = stats[MEAN * walk.segments + segment] as number;
  return frozenStats ? high : high + (stats[MEAN_LOW * walk.segments + segment] as number);
}

/** 1 / √(variance + epsilon) of a segment. */
export function loadInverse(stats: Float32Array, segment: number, { plan, walk, frozenStats }: Reads): number {
  if (!frozenStats) return inverseOf(stats[DEVIATION * walk.segments + segment] as number);
  return inverseOf(Math.sqrt((stats[VARIANCE * walk.segments + segment] as number) + plan.epsilon));
}

/** 1 / deviation; 0 where the deviation is 0, so that a constant segment without epsilon gives beta and not NaN. */
function inverseOf(deviation: number): number {
  return deviation === 0 ? 0 : 1 / deviation;
}

/** The mean and 1 / √(variance + epsilon), for each lane of a block. */
export function laneStats(
  stats: Float32Array,
  block: number,
  call: Reads,
): { means: Float64Array; inverses: Float64Array } {
  const { lanes, run, segmentsPerBlock } = call.walk;
  const means = new Float64Array(lanes);
  const inverses = new Float64Array(lanes);
  for (let index = 0; index < segmentsPerBlock; index++) {
    const segment = block * segmentsPerBlock + index;
    means.fill(loadMean(stats, segment, call), index * run, (index + 1) * run);
    inverses.fill(loadInverse(stats, segment, call), index * run, (index + 1) * run);
  }
  return { means, inverses };
}
