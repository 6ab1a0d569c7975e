import { addLanes, clear, fillSegment, sumOfSegment } from './lanes';
import { readGamma } from './narrow';
import {
  areShort,
  count,
  inner,
  lanes,
  outer,
  reduceInner,
  reduceOuter,
  rows,
  segmentsTogether,
  share,
  startOf,
  useMean,
} from './plan';
import { addRun, clearSums, setSums, squares, sum } from './rows';
import { applyShort, forwardShort } from './short-forward';
import { loadInverse, loadMean, storeStats } from './stats';
import { writeBlock, writeRuns } from './write';

/** y and the statistics of x. `scratch` holds four float64 for each lane, or two for each segment of a block; nothing where they are short. */
export function forward(x: usize, y: usize, stats: usize, gamma: usize, beta: usize, scratch: usize): void {
  if (areShort) {
    forwardShort(x, y, stats, gamma, beta);
    return;
  }
  readGamma(gamma);
  const together = segmentsTogether();
  for (let block = 0; block < outer; block++) {
    if (lanes > 0) forwardLanes(block, x, y, stats, gamma, beta, scratch);
    else if (reduceOuter === 1) {
      for (let segment = block * inner; segment < (block + 1) * inner; segment++)
        forwardRun(segment, x, y, stats, gamma, beta);
    } else {
      for (let first = 0; first < inner; first += together)
        forwardSegments(block, first, min(together, inner - first), x, y, stats, gamma, beta, scratch);
    }
  }
}

// The sums of a segment are taken about 0, which saves a subtraction for each element, and where that loses too much of
// the variance once more about the float32 that is nearest to the mean they gave: what is left in `close` to subtract is
// then next to nothing, wherever the mean lies.

/**
 * How many variances the square of the mean may be for sums about 0: they then lose 16 of 53 bits. Equal terms are all
 * rounded to one side, so that many of them lose as many bits more as their count has.
 *
 * @inline
 */
function far(): f64 {
  return min<f64>(65536, 1073741824 * share);
}

/** What `close` finds. */
let mean: f64 = 0;
let variance: f64 = 0;

/** The `mean` and the `variance` of a segment from its sums about a number. @inline */
function close(sum: f64, squares: f64, shift: f64): void {
  const offset: f64 = useMean ? sum / count : 0;
  mean = shift + offset;
  variance = squares / count - offset * offset;
}

/** Whether what `close` found of sums about 0 is not good enough; where it is not finite nothing else is. @inline */
function isFar(): bool {
  return useMean && mean * mean > far() * variance;
}

/** The same for a segment of runs that begins at an address, from the sums about 0 where those will do. @inline */
function closeRuns(ofElements: f64, ofSquares: f64, x: usize): void {
  close(ofElements, ofSquares, 0);
  if (isFar()) closeAgain(x);
}

function closeAgain(x: usize): void {
  const shift = <f64>(<f32>mean);
  const stride = (<usize>(inner * reduceInner)) << 2;
  clearSums();
  for (let row = 0; row < reduceOuter; row++, x += stride) addRun(x, reduceInner, shift);
  close(sum, squares, shift);
}

/** A segment that is one run. */
function forwardRun(segment: i32, x: usize, y: usize, stats: usize, gamma: usize, beta: usize): void {
  const start = segment * reduceInner;
  const from = x + ((<usize>start) << 2);
  clearSums();
  addRun(from, reduceInner, 0);
  closeRuns(sum, squares, from);
  const inverse = storeStats(stats, segment, mean, variance);
  writeRuns(x, y, start, mean, inverse, gamma, beta);
}

/** Segments whose runs lie apart, so many of a block's, row by row. */
function forwardSegments(
  block: i32,
  first: i32,
  segments: i32,
  x: usize,
  y: usize,
  stats: usize,
  gamma: usize,
  beta: usize,
  scratch: usize,
): void {
  const bytes = (<usize>segments) << 3;
  const means = scratch;
  const inverses = means + bytes;
  const start = startOf(block, first);
  const stride = inner * reduceInner;
  clear(scratch, segments << 1);
  for (let row = 0; row < reduceOuter; row++) {
    let from = x + ((<usize>(start + row * stride)) << 2);
    for (let at: usize = 0; at < bytes; at += 8, from += (<usize>reduceInner) << 2) {
      setSums(load<f64>(means + at), load<f64>(inverses + at));
      addRun(from, reduceInner, 0);
      store<f64>(means + at, sum);
      store<f64>(inverses + at, squares);
    }
  }
  for (let segment = 0; segment < segments; segment++) {
    const at = (<usize>segment) << 3;
    closeRuns(load<f64>(means + at), load<f64>(inverses + at), x + ((<usize>(start + segment * reduceInner)) << 2));
    store<f64>(means + at, mean);
    store<f64>(inverses + at, storeStats(stats, block * inner + first + segment, mean, variance));
  }
  for (let row = 0; row < reduceOuter; row++) {
    let index = start + row * stride;
    for (let at: usize = 0; at < bytes; at += 8, index += reduceInner)
      writeRuns(x, y, index, load<f64>(means + at), load<f64>(inverses + at), gamma, beta);
  }
}

/** All lanes of a block at once. */
function forwardLanes(block: i32, x: usize, y: usize, stats: usize, gamma: usize, beta: usize, scratch: usize): void {
  const bytes = (<usize>lanes) << 3;
  const means = scratch;
  const inverses = means + bytes;
  const sums = inverses + bytes;
  const start = block * rows * lanes;
  const from = x + ((<usize>start) << 2);
  clear(inverses, 2 * lanes);
  addLanes(from, 0, sums, inverses);
  if (closeLanes(block, 0, sums, means, inverses, stats)) {
    for (let at: usize = 0; at < bytes; at += 8) {
      const shift = <f64>(<f32>load<f64>(means + at));
      // An infinity less itself would be NaN.
      store<f64>(means + at, isFinite(shift) ? shift : 0);
    }
    clear(inverses, 2 * lanes);
    addLanes(from, means, sums, inverses);
    closeLanes(block, means, sums, means, inverses, stats);
  }
  writeBlock(x, y, start, means, inverses, inverses + bytes, inverses + (bytes << 1), gamma, beta);
}

/**
 * The mean and 1 / √(variance + epsilon) of every lane from its segment's sums about the `shifts`, or about 0 where there
 * are none; whether any segment is far. `inverses` holds the sums of squares, which they take the place of.
 */
function closeLanes(block: i32, shifts: usize, sums: usize, means: usize, inverses: usize, stats: usize): bool {
  let areFar = false;
  for (let segment = 0; segment < inner; segment++) {
    const shift: f64 = shifts === 0 ? 0 : load<f64>(shifts + ((<usize>(segment * reduceInner)) << 3));
    close(sumOfSegment(sums, segment), sumOfSegment(inverses, segment), shift);
    if (isFar()) areFar = true;
    fillSegment(means, segment, mean);
    fillSegment(inverses, segment, storeStats(stats, block * inner + segment, mean, variance));
  }
  return areFar;
}

/** y for statistics that are given in two rows. `scratch` as for `forward`. */
export function apply(x: usize, y: usize, stats: usize, gamma: usize, beta: usize, scratch: usize): void {
  if (areShort) {
    applyShort(x, y, stats, gamma, beta);
    return;
  }
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
  const start = block * rows * lanes;
  writeBlock(x, y, start, scratch, scratch + bytes, scratch + bytes * 2, scratch + bytes * 3, gamma, beta);
}
