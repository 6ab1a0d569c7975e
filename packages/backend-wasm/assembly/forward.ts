import { openForward, x } from './call';
import { addLanes, fillSegment, loadLanes, sumOfSegment } from './lanes';
import { readGamma } from './narrow';
import {
  areShort,
  count,
  inner,
  inverseOfCount,
  lanes,
  outer,
  reduceInner,
  reduceOuter,
  rows,
  segmentsTogether,
  startOf,
  useMean,
} from './plan';
import { addRun, clearSums, setSums, squares, sum } from './runs';
import * as arrays from './scratch';
import { clear, inverses, means, openForwardLanes } from './scratch';
import { applyShort, forwardShort } from './short-forward';
import { loadInverse, loadMean, storeStats } from './stats';
import { writeBlock, writeRuns } from './write';

/** y and the statistics of x. */
export function forward(y: usize, scratch: usize): void {
  openForward(y, false);
  if (areShort) {
    forwardShort();
    return;
  }
  readGamma();
  openForwardLanes(scratch);
  const together = segmentsTogether();
  for (let block = 0; block < outer; block++) {
    if (lanes > 0) forwardLanes(block);
    else if (reduceOuter === 1) {
      for (let segment = block * inner; segment < (block + 1) * inner; segment++) forwardRun(segment);
    } else {
      for (let first = 0; first < inner; first += together)
        forwardSegments(block, first, min(together, inner - first), scratch);
    }
  }
}

// First pass: sums of x and x², without subtracting anything. If that cancels too many bits of the variance (`isFar`),
// a second pass sums x − m and (x − m)², with m the float32 nearest to the first mean. m is so near to the mean that
// the second pass cancels next to nothing, wherever the mean lies.

/**
 * How many variances mean² may be before the sums of the first pass do not do: they have then lost 16 of 53 bits. Equal
 * terms are all rounded to one side, so that a sum of many loses as many bits more as their count has.
 *
 * @inline
 */
function far(): f64 {
  return min<f64>(65536, 1073741824 * inverseOfCount);
}

/** What `close` finds. */
let mean: f64 = 0;
let variance: f64 = 0;

/** The `mean` and the `variance` of a segment from the sums of x − shift and (x − shift)². @inline */
function close(sum: f64, squares: f64, shift: f64): void {
  const offset: f64 = useMean ? sum / count : 0;
  mean = shift + offset;
  variance = squares / count - offset * offset;
}

/**
 * Whether the first pass lost too much. Not so where its mean is not finite: a second pass would find nothing better.
 *
 * @inline
 */
function isFar(): bool {
  return useMean && mean * mean > far() * variance;
}

/** The `mean` and the `variance` of a segment of runs that begins at `from`, given the sums of the first pass. @inline */
function closeRuns(sum: f64, squares: f64, from: usize): void {
  close(sum, squares, 0);
  if (isFar()) closeAgain(from);
}

/** The second pass. */
function closeAgain(from: usize): void {
  const shift = <f64>(<f32>mean);
  const stride = (<usize>(inner * reduceInner)) << 2;
  clearSums();
  for (let row = 0; row < reduceOuter; row++, from += stride) addRun(from, reduceInner, shift);
  close(sum, squares, shift);
}

/** A segment that is one run. */
function forwardRun(segment: i32): void {
  const start = segment * reduceInner;
  const from = x + ((<usize>start) << 2);
  clearSums();
  addRun(from, reduceInner, 0);
  closeRuns(sum, squares, from);
  const inverse = storeStats(segment, mean, variance);
  writeRuns(start, mean, inverse);
}

/** Segments `first` to `first + segments` of a block, whose runs lie apart: row by row. */
function forwardSegments(block: i32, first: i32, segments: i32, scratch: usize): void {
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
    store<f64>(inverses + at, storeStats(block * inner + first + segment, mean, variance));
  }
  for (let row = 0; row < reduceOuter; row++) {
    let index = start + row * stride;
    for (let at: usize = 0; at < bytes; at += 8, index += reduceInner)
      writeRuns(index, load<f64>(means + at), load<f64>(inverses + at));
  }
}

/** All lanes of a block at once. */
function forwardLanes(block: i32): void {
  const bytes = (<usize>lanes) << 3;
  const start = block * rows * lanes;
  const from = x + ((<usize>start) << 2);
  clear(arrays.squares, 2 * lanes);
  addLanes(from, false);
  if (closeLanes(block, false)) {
    for (let at: usize = 0; at < bytes; at += 8) {
      const shift = <f64>(<f32>load<f64>(means + at));
      // An infinity less itself would be NaN.
      store<f64>(means + at, isFinite(shift) ? shift : 0);
    }
    clear(arrays.squares, 2 * lanes);
    addLanes(from, true);
    closeLanes(block, true);
  }
  writeBlock(start);
}

/**
 * `means` and `inverses` of all lanes, from their `sums` and `squares`; with `haveShifts` these are sums of x − shift,
 * and `means` holds the shifts until now. Returns whether the mean of any segment is far.
 */
function closeLanes(block: i32, haveShifts: bool): bool {
  let areFar = false;
  for (let segment = 0; segment < inner; segment++) {
    const shift: f64 = haveShifts ? load<f64>(means + ((<usize>(segment * reduceInner)) << 3)) : 0;
    close(sumOfSegment(arrays.sums, segment), sumOfSegment(arrays.squares, segment), shift);
    if (isFar()) areFar = true;
    fillSegment(means, segment, mean);
    fillSegment(inverses, segment, storeStats(block * inner + segment, mean, variance));
  }
  return areFar;
}

/** y for statistics that the caller gives. */
export function apply(y: usize, scratch: usize): void {
  openForward(y, true);
  if (areShort) {
    applyShort();
    return;
  }
  readGamma();
  openForwardLanes(scratch);
  for (let block = 0; block < outer; block++) {
    if (lanes > 0) {
      loadLanes(block);
      writeBlock(block * rows * lanes);
    } else {
      let index = startOf(block, 0);
      for (let row = 0; row < reduceOuter; row++) {
        for (let segment = block * inner; segment < (block + 1) * inner; segment++, index += reduceInner)
          writeRuns(index, loadMean(segment), loadInverse(segment));
      }
    }
  }
}
