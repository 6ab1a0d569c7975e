import { count, inner, lanes, outer, reduceInner, reduceOuter, useMean } from './geometry';
import { addLanes, clear, fillSegment, sumOfSegment } from './lanes';
import { readGamma } from './narrow';
import { addRun, clearSums, squares, sum } from './rows';
import { one } from './simd';
import { loadInverse, loadMean, storeStats } from './stats';
import { writeBlock, writeSegment } from './write';

/** y and the statistics of x. `scratch` holds four float64 for each lane. */
export function forward(x: usize, y: usize, stats: usize, gamma: usize, beta: usize, scratch: usize): void {
  readGamma(gamma);
  for (let block = 0; block < outer; block++) {
    if (lanes > 0) forwardLanes(block, x, y, stats, gamma, beta, scratch);
    else {
      for (let segment = 0; segment < inner; segment++)
        forwardSegment(block * inner + segment, x, y, stats, gamma, beta);
    }
  }
}

/**
 * Mean and variance come from sums about an element of the segment. That element's own distance from the mean is part
 * of the variance, so that the difference below loses no more than log2(count) of 53 bits, wherever the mean lies.
 */
function forwardSegment(segment: i32, x: usize, y: usize, stats: usize, gamma: usize, beta: usize): void {
  const start = startOf(segment);
  const stride = (<usize>(inner * reduceInner)) << 2;
  const first = x + ((<usize>start) << 2);
  const shift: f64 = useMean ? one(first) : 0;
  clearSums();
  for (let row = 0; row < reduceOuter; row++) addRun(first + <usize>row * stride, reduceInner, shift);
  const offset: f64 = useMean ? sum / count : 0;
  const variance = squares / count - offset * offset;
  writeSegment(x, y, start, shift + offset, storeStats(stats, segment, shift + offset, variance), gamma, beta);
}

/** The same for all lanes of a block at once. */
function forwardLanes(block: i32, x: usize, y: usize, stats: usize, gamma: usize, beta: usize, scratch: usize): void {
  const bytes = (<usize>lanes) << 3;
  const means = scratch;
  const inverses = means + bytes;
  const offsets = inverses + bytes;
  const start = block * reduceOuter * lanes;
  const first = x + ((<usize>start) << 2);
  clear(means, 3 * lanes);
  for (let segment = 0; useMean && segment < inner; segment++) fillSegment(means, segment, one(first + (<usize>(segment * reduceInner) << 2)));
  addLanes(first, reduceOuter, means, offsets, inverses);
  for (let segment = 0; segment < inner; segment++) {
    const offset: f64 = useMean ? sumOfSegment(offsets, segment) / count : 0;
    const mean = load<f64>(means + (<usize>(segment * reduceInner) << 3)) + offset;
    const variance = sumOfSegment(inverses, segment) / count - offset * offset;
    fillSegment(means, segment, mean);
    fillSegment(inverses, segment, storeStats(stats, block * inner + segment, mean, variance));
  }
  writeBlock(x, y, start, means, inverses, inverses + bytes, inverses + (bytes << 1), gamma, beta);
}

/** y for statistics that are given in two rows. `scratch` as for `forward`. */
export function apply(x: usize, y: usize, stats: usize, gamma: usize, beta: usize, scratch: usize): void {
  readGamma(gamma);
  const bytes = (<usize>lanes) << 3;
  for (let block = 0; block < outer; block++) {
    for (let index = 0; index < inner; index++) {
      const segment = block * inner + index;
      const mean = loadMean(stats, segment, false);
      const inverse = loadInverse(stats, segment, false);
      if (lanes > 0) {
        fillSegment(scratch, index, mean);
        fillSegment(scratch + bytes, index, inverse);
      } else {
        writeSegment(x, y, startOf(segment), mean, inverse, gamma, beta);
      }
    }
    if (lanes > 0)
      writeBlock(
        x,
        y,
        block * reduceOuter * lanes,
        scratch,
        scratch + bytes,
        scratch + bytes * 2,
        scratch + bytes * 3,
        gamma,
        beta,
      );
  }
}

/** The first element of a segment whose elements come in runs. */
export function startOf(segment: i32): i32 {
  return ((segment / inner) * reduceOuter * inner + (segment % inner)) * reduceInner;
}
