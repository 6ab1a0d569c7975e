import { epsilon, inverseOf, segments, useMean } from './plan';

// Rows of the statistics: mean, variance, the low part of the mean, and the deviation √(variance + epsilon). float32
// keeps 24 bits of the mean, which are used up at a mean of 1e6 and a deviation of 1; and it does not hold the
// variance of values around 1e30.

/** @inline */
function at(stats: usize, row: i32, segment: i32): usize {
  return stats + ((<usize>(row * segments + segment)) << 2);
}

/** Stores a segment's statistics, and returns 1 / √(variance + epsilon). */
export function storeStats(stats: usize, segment: i32, mean: f64, variance: f64): f64 {
  const high = <f32>mean;
  const deviation = Math.sqrt(variance + epsilon);
  store<f32>(at(stats, 0, segment), high);
  store<f32>(at(stats, 1, segment), <f32>variance);
  store<f32>(at(stats, 2, segment), <f32>(mean - <f64>high));
  store<f32>(at(stats, 3, segment), <f32>deviation);
  return inverseOf(deviation);
}

/** The mean as `forward` stored it (`isOwn`), or as a caller gave it in two rows. */
export function loadMean(stats: usize, segment: i32, isOwn: bool): f64 {
  if (!useMean) return 0;
  const high = <f64>load<f32>(at(stats, 0, segment));
  return isOwn ? high + <f64>load<f32>(at(stats, 2, segment)) : high;
}

/** 1 / √(variance + epsilon), likewise. */
export function loadInverse(stats: usize, segment: i32, isOwn: bool): f64 {
  if (isOwn) return inverseOf(<f64>load<f32>(at(stats, 3, segment)));
  return inverseOf(Math.sqrt(<f64>load<f32>(at(stats, 1, segment)) + epsilon));
}
