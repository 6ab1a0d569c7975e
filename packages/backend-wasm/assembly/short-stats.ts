import { DEVIATION, MEAN, MEAN_LOW, VARIANCE } from '../src/protocol';
import { epsilon, segments, useMean } from './plan';
import { both, hasPartner, partnerOf } from './short';
import { storeOne, storePair, widened } from './simd';

// The statistics of two segments at once, as stats.ts has them for one.

// `storeStats` moves one address from row to row in this order.
if (VARIANCE !== MEAN + 1 || MEAN_LOW !== VARIANCE + 1 || DEVIATION !== MEAN_LOW + 1)
  ERROR('storeStats takes the rows in the order mean, variance, meanLow, deviation');

/** @inline */
function at(stats: usize, row: i32, segment: i32): usize {
  return stats + ((<usize>(row * segments + segment)) << 2);
}

/** @inline */
function load(stats: usize, row: i32, segment: i32): v128 {
  return both(at(stats, row, segment), at(stats, row, partnerOf(segment)), hasPartner(segment));
}

/** Stores the statistics of both, and returns 1 / √(variance + epsilon). @inline */
export function storeStats(stats: usize, segment: i32, mean: v128, variance: v128): v128 {
  const deviation = f64x2.sqrt(f64x2.add(variance, f64x2.splat(epsilon)));
  const low = f64x2.sub(mean, widened(f32x4.demote_f64x2_zero(mean)));
  // One comparison for all four rows: single elements take a sixth longer with a comparison for each row. One address
  // that moves on inside the calls: forward takes a tenth longer with an address for each row.
  const row = (<usize>segments) << 2;
  let to = stats + ((<usize>segment) << 2);
  if (hasPartner(segment)) {
    storePair(to, mean);
    storePair((to += row), variance);
    storePair((to += row), low);
    storePair(to + row, deviation);
  } else {
    storeFirst(to, mean);
    storeFirst((to += row), variance);
    storeFirst((to += row), low);
    storeFirst(to + row, deviation);
  }
  return inverseOf(deviation);
}

/** @inline */
function storeFirst(address: usize, values: v128): void {
  storeOne(address, f64x2.extract_lane(values, 0));
}

/** 1 / deviation; 0 where the deviation is 0, as in stats.ts. @inline */
function inverseOf(deviation: v128): v128 {
  return v128.and(f64x2.div(f64x2.splat(1), deviation), f64x2.ne(deviation, f64x2.splat(0)));
}

/** The means, as `forward` stored them or as the caller gave them. @inline */
export function loadMeans(stats: usize, segment: i32, frozenStats: bool): v128 {
  if (!useMean) return f64x2.splat(0);
  const high = load(stats, MEAN, segment);
  return frozenStats ? high : f64x2.add(high, load(stats, MEAN_LOW, segment));
}

/** 1 / √(variance + epsilon), as `forward` stored it or as the caller gave the variance. @inline */
export function loadInverses(stats: usize, segment: i32, frozenStats: bool): v128 {
  if (!frozenStats) return inverseOf(load(stats, DEVIATION, segment));
  return inverseOf(f64x2.sqrt(f64x2.add(load(stats, VARIANCE, segment), f64x2.splat(epsilon))));
}
