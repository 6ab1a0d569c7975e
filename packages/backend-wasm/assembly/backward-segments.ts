import * as wide from './backward-runs';
import { sumG, sumGn, take } from './backward-runs';
import * as call from './call';
import { meanOfG, meanOfGn } from './gradient';
import { hasDigits, isNarrow, isNarrowGradient } from './narrow';
import * as narrow from './narrow-backward-runs';
import { addTo, betaSums, gammaOf, gammaSums } from './parameters';
import { affineAt, affineStep, inner, length, parameters, reduceInner, reduceOuter, startOf } from './plan';
import { clear } from './scratch';
import { loadInverse, loadMean } from './stats';

// The gradient of segments that consist of runs: which loop sums and which writes, in float32 (narrow) or float64.

/** A segment that is one run. */
export function backwardRun(segment: i32): void {
  const start = segment * reduceInner;
  const mean = loadMean(segment);
  const inverse = loadInverse(segment);
  sumRuns(start, mean, inverse);
  writeRuns(start, mean, inverse, meanOfG(sumG), meanOfGn(sumGn));
}

/** Segments `first` to `first + segments` of a block, whose runs lie apart: row by row. */
export function backwardSegments(block: i32, first: i32, segments: i32, scratch: usize): void {
  const g = scratch;
  const gn = g + ((<usize>segments) << 3);
  const start = startOf(block, first);
  const stride = inner * reduceInner;
  clear(g, segments << 1);
  for (let row = 0; row < reduceOuter; row++) {
    let index = start + row * stride;
    for (let segment = 0; segment < segments; segment++, index += reduceInner) {
      const own = block * inner + first + segment;
      sumRuns(index, loadMean(own), loadInverse(own));
      addTo(g, segment, sumG);
      addTo(gn, segment, sumGn);
    }
  }
  for (let segment = 0; segment < segments; segment++) {
    const at = (<usize>segment) << 3;
    store<f64>(g + at, meanOfG(load<f64>(g + at)));
    store<f64>(gn + at, meanOfGn(load<f64>(gn + at)));
  }
  for (let row = 0; row < reduceOuter; row++) {
    let index = start + row * stride;
    for (let segment = 0; segment < segments; segment++, index += reduceInner) {
      const own = block * inner + first + segment;
      const at = (<usize>segment) << 3;
      writeRuns(index, loadMean(own), loadInverse(own), load<f64>(g + at), load<f64>(gn + at));
    }
  }
}

/**
 * Σ g and Σ g · n of a run of `reduceInner` elements, from element `first` on, into `sumG` and `sumGn`; and what the run
 * adds to dgamma and dbeta.
 */
function sumRuns(first: i32, mean: f64, inverse: f64): void {
  const isOrdinary = isNarrow(mean, inverse);
  let g: f64 = 0;
  let gn: f64 = 0;
  for (let index = first; index < first + reduceInner; index += length) {
    const affine = affineAt(index);
    const at = (<usize>index) << 2;
    if (affineStep === 1) {
      sumLine(at, affine, mean, inverse, isOrdinary);
      g += sumG;
      gn += sumGn;
    } else {
      sumRun(at, mean, inverse, isOrdinary);
      addTo(gammaSums, affine, sumGn);
      addTo(betaSums, affine, sumG);
      g += sumG * gammaOf(affine);
      gn += sumGn * gammaOf(affine);
    }
  }
  take(g, gn);
}

/** dx of a run of `reduceInner` elements, given Σ g / count and Σ g · n / count. */
function writeRuns(first: i32, mean: f64, inverse: f64, meanG: f64, meanGn: f64): void {
  const isOrdinary = isNarrow(mean, inverse) && isNarrowGradient(meanG, meanGn, inverse);
  if (isOrdinary) narrow.openWrite(mean, meanG * inverse, meanGn * inverse * inverse);
  else wide.openWrite(meanG, meanGn);
  for (let index = first; index < first + reduceInner; index += length) {
    const affine = affineAt(index);
    const at = (<usize>index) << 2;
    if (isOrdinary) narrow.writeLine(at, affine, inverse);
    else wide.writeLine(at, affine, mean, inverse);
  }
}

/** The sums of a line that has one gamma for each element. @inline */
function sumLine(at: usize, affine: i32, mean: f64, inverse: f64, isOrdinary: bool): void {
  if (isOrdinary && length === parameters) {
    narrow.sumEach(at, mean, <f32>inverse);
    take(narrow.sumG, narrow.sumGn);
    if (!hasDigits(sumG) || !hasDigits(sumGn)) wide.sumAgain(at, mean, inverse);
  } else if (call.gamma === 0) wide.sumEach(at, affine, mean, inverse, false);
  else wide.sumEach(at, affine, mean, inverse, true);
}

/** The sums of a line that has one gamma, before they are multiplied by it. @inline */
function sumRun(at: usize, mean: f64, inverse: f64, isOrdinary: bool): void {
  if (isOrdinary && narrow.sumRun(call.dy + at, call.x + at, mean, inverse)) take(narrow.sumG, narrow.sumGn);
  else wide.sumAlike(at, mean, inverse);
}
