import { epsilon, segments, useMean } from './plan';
import { both, hasPartner, partnerOf } from './short';
import { storeOne, storePair, widened } from './simd';

// The statistics of two segments: what stats.ts has for one.

/** Rows of the statistics, in the order of stats.ts. */
const MEAN = 0;
const VARIANCE = 1;
const MEAN_LOW = 2;
const DEVIATION = 3;

/** @inline */
function at(stats: usize, row: i32, segment: i32): usize {
  return stats + ((<usize>(row * segments + segment)) << 2);
}

/** @inline */
function load(stats: usize, row: i32, segment: i32): v128 {
  return both(at(stats, row, segment), at(stats, row, partnerOf(segment)), hasPartner(segment));
}

/** Stores them, and returns 1 / √(variance + epsilon). @inline */
export function storeStats(stats: usize, segment: i32, mean: v128, variance: v128): v128 {
  const deviation = f64x2.sqrt(f64x2.add(variance, f64x2.splat(epsilon)));
  const low = f64x2.sub(mean, widened(f32x4.demote_f64x2_zero(mean)));
  // Row after row from one address, with one comparison for all four: single elements take a sixth less than with one for each.
  const row = (<usize>segments) << 2;
  const toMean = stats + ((<usize>segment) << 2);
  const toVariance = toMean + row;
  const toLow = toVariance + row;
  const toDeviation = toLow + row;
  if (hasPartner(segment)) {
    storePair(toMean, mean);
    storePair(toVariance, variance);
    storePair(toLow, low);
    storePair(toDeviation, deviation);
  } else {
    storeFirst(toMean, mean);
    storeFirst(toVariance, variance);
    storeFirst(toLow, low);
    storeFirst(toDeviation, deviation);
  }
  return inverseOf(deviation);
}

/** @inline */
function storeFirst(address: usize, values: v128): void {
  storeOne(address, f64x2.extract_lane(values, 0));
}

/** 1 / deviation; 0 where the deviation is 0, as in plan.ts. @inline */
function inverseOf(deviation: v128): v128 {
  return v128.and(f64x2.div(f64x2.splat(1), deviation), f64x2.ne(deviation, f64x2.splat(0)));
}

/** The means as `forward` stored them (`isOwn`), or as a caller gave them in two rows. @inline */
export function loadMeans(stats: usize, segment: i32, isOwn: bool): v128 {
  if (!useMean) return f64x2.splat(0);
  const high = load(stats, MEAN, segment);
  return isOwn ? f64x2.add(high, load(stats, MEAN_LOW, segment)) : high;
}

/** 1 / √(variance + epsilon), likewise. @inline */
export function loadInverses(stats: usize, segment: i32, isOwn: bool): v128 {
  if (isOwn) return inverseOf(load(stats, DEVIATION, segment));
  return inverseOf(f64x2.sqrt(f64x2.add(load(stats, VARIANCE, segment), f64x2.splat(epsilon))));
}
