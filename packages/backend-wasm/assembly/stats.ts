import { DEVIATION, MEAN, MEAN_LOW, VARIANCE } from '../src/protocol';
import { frozenStats, stats } from './call';
import { epsilon, segments, useMean } from './plan';

// The statistics of a segment, in rows (protocol.ts). Two of the rows are there because float32 alone does not do:
// its 24 bits of the mean are used up at a mean of 1e6 and a deviation of 1 (the low part holds the next 24), and it
// does not hold the variance of values around 1e30 (the deviation √(variance + epsilon) fits).

/** @inline */
function at(row: i32, segment: i32): usize {
  return stats + ((<usize>(row * segments + segment)) << 2);
}

/** Stores a segment's statistics, and returns 1 / √(variance + epsilon). */
export function storeStats(segment: i32, mean: f64, variance: f64): f64 {
  const high = <f32>mean;
  const deviation = Math.sqrt(variance + epsilon);
  store<f32>(at(MEAN, segment), high);
  store<f32>(at(VARIANCE, segment), <f32>variance);
  store<f32>(at(MEAN_LOW, segment), <f32>(mean - <f64>high));
  store<f32>(at(DEVIATION, segment), <f32>deviation);
  return inverseOf(deviation);
}

/** The mean of a segment, as `forward` stored it or as the caller gave it. */
export function loadMean(segment: i32): f64 {
  if (!useMean) return 0;
  const high = <f64>load<f32>(at(MEAN, segment));
  return frozenStats ? high : high + <f64>load<f32>(at(MEAN_LOW, segment));
}

/** 1 / √(variance + epsilon) of a segment, as `forward` stored it or as the caller gave the variance. */
export function loadInverse(segment: i32): f64 {
  if (!frozenStats) return inverseOf(<f64>load<f32>(at(DEVIATION, segment)));
  return inverseOf(Math.sqrt(<f64>load<f32>(at(VARIANCE, segment)) + epsilon));
}

/** 1 / deviation; 0 where the deviation is 0, so that a constant segment without epsilon gives beta and not NaN. */
function inverseOf(deviation: f64): f64 {
  return deviation === 0 ? 0 : 1 / deviation;
}
