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

/** The mean and 1 / √(variance + epsilon), in float64, by slot. */
export interface SlotStats {
  readonly means: Float64Array;
  readonly inverses: Float64Array;
}

export function storeStats(
  stats: Float32Array,
  segment: number,
  mean: number,
  variance: number,
  epsilon: number,
): void {
  const segments = stats.length / ROWS;
  const high = Math.fround(mean);
  stats[MEAN * segments + segment] = high;
  stats[VARIANCE * segments + segment] = variance;
  stats[MEAN_LOW * segments + segment] = mean - high;
  stats[DEVIATION * segments + segment] = Math.sqrt(variance + epsilon);
}

/** Fills the slots of one block from the rows that `forward` made, or from the two rows that a caller gave. */
export function readStats(
  plan: Plan,
  walk: Walk,
  block: number,
  stats: Float32Array,
  { means, inverses }: SlotStats,
): void {
  const { segments, segmentsPerBlock, slotsPerSegment } = walk;
  const isOwn = stats.length === ROWS * segments;
  for (let index = 0; index < segmentsPerBlock; index++) {
    const segment = block * segmentsPerBlock + index;
    const at = (row: number) => stats[row * segments + segment] as number;
    const mean = at(MEAN) + (isOwn ? at(MEAN_LOW) : 0);
    const deviation = isOwn ? at(DEVIATION) : Math.sqrt(at(VARIANCE) + plan.epsilon);
    const first = index * slotsPerSegment;
    means.fill(plan.useMean ? mean : 0, first, first + slotsPerSegment);
    inverses.fill(inverseOf(deviation), first, first + slotsPerSegment);
  }
}

/** 1 / deviation; 0 where the deviation is 0, so that a constant segment without epsilon gives beta and not NaN. */
export function inverseOf(deviation: number): number {
  return deviation === 0 ? 0 : 1 / deviation;
}
