import type { Plan, Walk } from '@normkit/core';

/*
 * Rows of the statistics tensor: mean, variance, and two of our own. float32 keeps 24 bits of the mean, which are all
 * used up at a mean of 1e6 and a deviation of 1, so its low part is kept too; and the deviation √(variance + epsilon),
 * since the variance of values around 1e30 is more than float32 holds.
 */
const MEAN = 0;
const VARIANCE = 1;
const MEAN_LOW = 2;
const DEVIATION = 3;
export const ROWS = 4;

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

/** The mean as `forward` stored it, or as a caller gave it in two rows. */
export function loadMean(stats: Float32Array, segment: number, { plan, walk }: { plan: Plan; walk: Walk }): number {
  if (!plan.useMean) return 0;
  const high = stats[MEAN * walk.segments + segment] as number;
  return isOwn(stats, walk) ? high + (stats[MEAN_LOW * walk.segments + segment] as number) : high;
}

/** 1 / √(variance + epsilon), likewise. */
export function loadInverse(stats: Float32Array, segment: number, { plan, walk }: { plan: Plan; walk: Walk }): number {
  if (isOwn(stats, walk)) return inverseOf(stats[DEVIATION * walk.segments + segment] as number);
  return inverseOf(Math.sqrt((stats[VARIANCE * walk.segments + segment] as number) + plan.epsilon));
}

function isOwn(stats: Float32Array, { segments }: Walk): boolean {
  return stats.length === ROWS * segments;
}

/** 1 / deviation; 0 where the deviation is 0, so that a constant segment without epsilon gives beta and not NaN. */
function inverseOf(deviation: number): number {
  return deviation === 0 ? 0 : 1 / deviation;
}

/** Both, for each lane of a block. */
export function laneStats(
  stats: Float32Array,
  block: number,
  call: { plan: Plan; walk: Walk },
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
