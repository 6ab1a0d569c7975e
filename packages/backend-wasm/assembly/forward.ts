import { count, inner, lanes, outer, reduceInner, reduceOuter, segmentsTogether, startOf, useMean } from './geometry';
import { addLanes, clear, fillSegment, sumOfSegment } from './lanes';
import { readGamma } from './narrow';
import { addRun, clearSums, setSums, squares, sum } from './rows';
import { one } from './simd';
import { loadInverse, loadMean, storeStats } from './stats';
import { writeBlock, writeRuns } from './write';

/** y and the statistics of x. `scratch` holds four float64 for each lane, or three for each segment of a block. */
export function forward(x: usize, y: usize, stats: usize, gamma: usize, beta: usize, scratch: usize): void {
  readGamma(gamma);
  const together = segmentsTogether();
  for (let block = 0; block < outer; block++) {
    if (lanes > 0) forwardLanes(block, x, y, stats, gamma, beta, scratch);
    else if (reduceOuter == 1) {
      for (let segment = block * inner; segment < (block + 1) * inner; segment++) forwardRun(segment, x, y, stats, gamma, beta);
    } else {
      for (let first = 0; first < inner; first += together)
        forwardSegments(block, first, min(together, inner - first), x, y, stats, gamma, beta, scratch);
    }
  }
}

/** A segment that is one run. */
function forwardRun(segment: i32, x: usize, y: usize, stats: usize, gamma: usize, beta: usize): void {
  const start = segment * reduceInner;
  const from = x + (<usize>start << 2);
  const shift: f64 = useMean ? one(from) : 0;
  clearSums();
  addRun(from, reduceInner, shift);
  const inverse = closeSums(stats, segment, shift);
  writeRuns(x, y, start, mean, inverse, gamma, beta);
}

/** Segments whose runs lie apart, so many of a block's, row by row. */
function forwardSegments(block: i32, first: i32, segments: i32, x: usize, y: usize, stats: usize, gamma: usize, beta: usize, scratch: usize): void {
  const bytes = (<usize>segments) << 3;
  const means = scratch;
  const inverses = means + bytes;
  const offsets = inverses + bytes;
  const start = startOf(block, first);
  const stride = inner * reduceInner;
  for (let row = 0; row < reduceOuter; row++) {
    let from = x + (<usize>(start + row * stride) << 2);
    for (let at: usize = 0; at < bytes; at += 8, from += (<usize>reduceInner) << 2) {
      if (row == 0) {
        clearSums();
        store<f64>(means + at, useMean ? one(from) : 0);
      } else setSums(load<f64>(offsets + at), load<f64>(inverses + at));
      addRun(from, reduceInner, load<f64>(means + at));
      store<f64>(offsets + at, sum);
      store<f64>(inverses + at, squares);
    }
  }
  for (let segment = 0; segment < segments; segment++) {
    const at = (<usize>segment) << 3;
    setSums(load<f64>(offsets + at), load<f64>(inverses + at));
    store<f64>(inverses + at, closeSums(stats, block * inner + first + segment, load<f64>(means + at)));
    store<f64>(means + at, mean);
  }
  for (let row = 0; row < reduceOuter; row++) {
    let index = start + row * stride;
    for (let at: usize = 0; at < bytes; at += 8, index += reduceInner)
      writeRuns(x, y, index, load<f64>(means + at), load<f64>(inverses + at), gamma, beta);
  }
}

/** What `closeSums` finds. */
let mean: f64 = 0;

/**
 * The `mean` and the inverse deviation of a segment from its sums about a number. If that is one of the segment's own,
 * its distance from the mean is part of the variance, so that the difference below loses no more than log2(count) of
 * 53 bits, wherever the mean lies.
 */
@inline
function closeSums(stats: usize, segment: i32, shift: f64): f64 {
  const offset: f64 = useMean ? sum / count : 0;
  mean = shift + offset;
  return storeStats(stats, segment, mean, squares / count - offset * offset);
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
  for (let block = 0; block < outer; block++) {
    if (lanes > 0) applyLanes(block, x, y, stats, gamma, beta, scratch);
    else {
      let index = startOf(block, 0);
      for (let row = 0; row < reduceOuter; row++) {
        for (let segment = block * inner; segment < (block + 1) * inner; segment++, index += reduceInner)
          writeRuns(x, y, index, loadMean(stats, segment, false), loadInverse(stats, segment, false), gamma, beta);
      }
    }
  }
}

function applyLanes(block: i32, x: usize, y: usize, stats: usize, gamma: usize, beta: usize, scratch: usize): void {
  const bytes = (<usize>lanes) << 3;
  for (let segment = 0; segment < inner; segment++) {
    fillSegment(scratch, segment, loadMean(stats, block * inner + segment, false));
    fillSegment(scratch + bytes, segment, loadInverse(stats, block * inner + segment, false));
  }
  const start = block * reduceOuter * lanes;
  writeBlock(x, y, start, scratch, scratch + bytes, scratch + bytes * 2, scratch + bytes * 3, gamma, beta);
}
