import { count, inner, lanes, outer, reduceInner, reduceOuter, useMean } from './geometry';
import { clear, fillSegment, squareLanes, sumLanes, sumOfSegment } from './lanes';
import { squareRun, sumRun } from './rows';
import { loadInverse, loadMean, storeStats } from './stats';
import { writeBlock, writeSegment } from './write';

/** y and the statistics of x. `scratch` holds four float64 for each lane. */
export function forward(x: usize, y: usize, stats: usize, gamma: usize, beta: usize, scratch: usize): void {
  for (let block = 0; block < outer; block++) {
    if (lanes > 0) forwardLanes(block, x, y, stats, gamma, beta, scratch);
    else {
      for (let segment = 0; segment < inner; segment++)
        forwardSegment(block * inner + segment, x, y, stats, gamma, beta);
    }
  }
}

function forwardSegment(segment: i32, x: usize, y: usize, stats: usize, gamma: usize, beta: usize): void {
  const start = startOf(segment);
  const stride = (<usize>(inner * reduceInner)) << 2;
  const first = x + ((<usize>start) << 2);
  let mean: f64 = 0;
  if (useMean) {
    for (let row = 0; row < reduceOuter; row++) mean += sumRun(first + <usize>row * stride, reduceInner);
    mean /= count;
  }
  let variance: f64 = 0;
  for (let row = 0; row < reduceOuter; row++) variance += squareRun(first + <usize>row * stride, reduceInner, mean);
  writeSegment(x, y, start, mean, storeStats(stats, segment, mean, variance / count), gamma, beta);
}

function forwardLanes(block: i32, x: usize, y: usize, stats: usize, gamma: usize, beta: usize, scratch: usize): void {
  const bytes = (<usize>lanes) << 3;
  const means = scratch;
  const inverses = scratch + bytes;
  const start = block * reduceOuter * lanes;
  const first = x + ((<usize>start) << 2);
  clear(means, lanes << 1);
  if (useMean) {
    sumLanes(first, reduceOuter, means);
    for (let segment = 0; segment < inner; segment++) fillSegment(means, segment, sumOfSegment(means, segment) / count);
  }
  squareLanes(first, reduceOuter, means, inverses);
  for (let segment = 0; segment < inner; segment++) {
    const mean = load<f64>(means + ((<usize>(segment * reduceInner)) << 3));
    const variance = sumOfSegment(inverses, segment) / count;
    fillSegment(inverses, segment, storeStats(stats, block * inner + segment, mean, variance));
  }
  writeBlock(x, y, start, means, inverses, inverses + bytes, inverses + (bytes << 1), gamma, beta);
}

/** y for statistics that are given in two rows. `scratch` as for `forward`. */
export function apply(x: usize, y: usize, stats: usize, gamma: usize, beta: usize, scratch: usize): void {
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
