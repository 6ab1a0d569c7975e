import { clear } from './lanes';
import { hasDigits, isNarrow, isNarrowGradient } from './narrow';
import * as narrow from './narrow-backward-rows';
import { addTo, gammaAt } from './parameters';
import {
  affineAt,
  affineStep,
  count,
  inner,
  length,
  parameters,
  reduceInner,
  reduceOuter,
  startOf,
  useMean,
} from './plan';
import { one, pair, storeOne, storePair, total } from './simd';
import { loadInverse, loadMean } from './stats';

// The gradient of segments whose elements come in runs.

/** What the last line, or run, summed: Σ g and Σ g · n. */
let sumG: f64 = 0;
let sumGn: f64 = 0;

/** A segment that is one run. */
export function backwardRun(
  segment: i32,
  dy: usize,
  x: usize,
  stats: usize,
  gamma: usize,
  dx: usize,
  gammaSums: usize,
  betaSums: usize,
  isOwn: bool,
  isFrozen: bool,
): void {
  const start = segment * reduceInner;
  const mean = loadMean(stats, segment, isOwn);
  const inverse = loadInverse(stats, segment, isOwn);
  sumRuns(dy, x, start, mean, inverse, gamma, gammaSums, betaSums);
  writeRuns(
    dy,
    x,
    dx,
    start,
    mean,
    inverse,
    gamma,
    isFrozen || !useMean ? 0 : sumG / count,
    isFrozen ? 0 : sumGn / count,
  );
}

/** Segments whose runs lie apart, so many of a block's, row by row. `scratch` holds two float64 for each. */
export function backwardSegments(
  block: i32,
  first: i32,
  segments: i32,
  dy: usize,
  x: usize,
  stats: usize,
  gamma: usize,
  dx: usize,
  gammaSums: usize,
  betaSums: usize,
  scratch: usize,
  isOwn: bool,
  isFrozen: bool,
): void {
  const g = scratch;
  const gn = g + ((<usize>segments) << 3);
  const start = startOf(block, first);
  const stride = inner * reduceInner;
  clear(g, segments << 1);
  for (let row = 0; row < reduceOuter; row++) {
    let index = start + row * stride;
    for (let segment = 0; segment < segments; segment++, index += reduceInner) {
      const own = block * inner + first + segment;
      sumRuns(dy, x, index, loadMean(stats, own, isOwn), loadInverse(stats, own, isOwn), gamma, gammaSums, betaSums);
      addTo(g, segment, sumG);
      addTo(gn, segment, sumGn);
    }
  }
  for (let segment = 0; segment < segments; segment++) {
    const at = (<usize>segment) << 3;
    store<f64>(g + at, isFrozen || !useMean ? 0 : load<f64>(g + at) / count);
    store<f64>(gn + at, isFrozen ? 0 : load<f64>(gn + at) / count);
  }
  for (let row = 0; row < reduceOuter; row++) {
    let index = start + row * stride;
    for (let segment = 0; segment < segments; segment++, index += reduceInner) {
      const own = block * inner + first + segment;
      const at = (<usize>segment) << 3;
      writeRuns(
        dy,
        x,
        dx,
        index,
        loadMean(stats, own, isOwn),
        loadInverse(stats, own, isOwn),
        gamma,
        load<f64>(g + at),
        load<f64>(gn + at),
      );
    }
  }
}

/** Σ g and Σ g · n of a run of `reduceInner` elements, from element `first` on, into `sumG` and `sumGn`; and its shares of dgamma and dbeta. */
function sumRuns(
  dy: usize,
  x: usize,
  first: i32,
  mean: f64,
  inverse: f64,
  gamma: usize,
  gammaSums: usize,
  betaSums: usize,
): void {
  const isOrdinary = isNarrow(mean, inverse);
  let g: f64 = 0;
  let gn: f64 = 0;
  for (let index = first; index < first + reduceInner; index += length) {
    const affine = affineAt(index);
    const at = (<usize>index) << 2;
    if (affineStep === 1) {
      sumLine(dy + at, x + at, mean, inverse, gamma, affine, gammaSums, betaSums, isOrdinary);
      g += sumG;
      gn += sumGn;
    } else {
      sumRun(dy + at, x + at, mean, inverse, isOrdinary);
      addTo(gammaSums, affine, sumGn);
      addTo(betaSums, affine, sumG);
      g += sumG * gammaAt(gamma, affine);
      gn += sumGn * gammaAt(gamma, affine);
    }
  }
  sumG = g;
  sumGn = gn;
}

/** dx of such a run, given Σ g / count and Σ g · n / count. */
function writeRuns(
  dy: usize,
  x: usize,
  dx: usize,
  first: i32,
  mean: f64,
  inverse: f64,
  gamma: usize,
  meanG: f64,
  meanGn: f64,
): void {
  const offset = meanG * inverse;
  const slope = meanGn * inverse * inverse;
  const narrows = isNarrow(mean, inverse) && isNarrowGradient(meanG, meanGn, inverse);
  for (let index = first; index < first + reduceInner; index += length) {
    const affine = affineAt(index);
    const at = (<usize>index) << 2;
    const gammas = affineStep === 1 && gamma !== 0 ? gamma + ((<usize>affine) << 2) : 0;
    const scale: f64 = gammas !== 0 ? 1 : gammaAt(gamma, affine);
    if (narrows) narrow.writeRun(dy + at, x + at, dx + at, mean, scale * inverse, gammas, offset, slope);
    else if (gammas !== 0) writeEach(dy + at, x + at, dx + at, mean, inverse, true, gammas, 1, meanG, meanGn);
    else writeEach(dy + at, x + at, dx + at, mean, inverse, false, 0, scale, meanG, meanGn);
  }
}

/** The sums of a line with one gamma for each element. @inline */
function sumLine(
  dy: usize,
  x: usize,
  mean: f64,
  inverse: f64,
  gamma: usize,
  affine: i32,
  gammaSums: usize,
  betaSums: usize,
  isOrdinary: bool,
): void {
  const slot = (<usize>affine) << 3;
  if (isOrdinary && length === parameters) {
    narrow.sumEach(dy, x, mean, <f32>inverse, gamma, gammaSums, betaSums);
    sumG = narrow.sumG;
    sumGn = narrow.sumGn;
    if (!hasDigits(sumG) || !hasDigits(sumGn)) sumAgain(dy, x, mean, inverse, gamma);
  } else if (gamma === 0) sumEach(dy, x, mean, inverse, false, 0, gammaSums + slot, betaSums + slot);
  else sumEach(dy, x, mean, inverse, true, gamma + ((<usize>affine) << 2), gammaSums + slot, betaSums + slot);
}

/** Those of a line with one gamma. @inline */
function sumRun(dy: usize, x: usize, mean: f64, inverse: f64, isOrdinary: bool): void {
  if (isOrdinary && narrow.sumRun(dy, x, mean, inverse)) {
    sumG = narrow.sumG;
    sumGn = narrow.sumGn;
  } else sumAlike(dy, x, mean, inverse);
}

/** Σ g and Σ g · n of a line that has every parameter once, in float64, where products with gamma left float32's range. */
function sumAgain(dy: usize, x: usize, mean: f64, inverse: f64, gamma: usize): void {
  sumG = 0;
  sumGn = 0;
  for (let index = 0; index < length; index++) {
    const at = (<usize>index) << 2;
    const g = one(dy + at) * gammaAt(gamma, index);
    sumG += g;
    sumGn += g * ((one(x + at) - mean) * inverse);
  }
}

/** Σ dy and Σ dy · n of a line, into `sumG` and `sumGn`. */
function sumAlike(dy: usize, x: usize, mean: f64, inverse: f64): void {
  const m = f64x2.splat(mean);
  const s = f64x2.splat(inverse);
  let ga = f64x2.splat(0);
  let gb = ga;
  let na = ga;
  let nb = ga;
  const bytes = (<usize>length) << 2;
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) {
    const da = pair(dy + i);
    const db = pair(dy + i + 8);
    ga = f64x2.add(ga, da);
    gb = f64x2.add(gb, db);
    na = f64x2.add(na, f64x2.mul(da, f64x2.mul(f64x2.sub(pair(x + i), m), s)));
    nb = f64x2.add(nb, f64x2.mul(db, f64x2.mul(f64x2.sub(pair(x + i + 8), m), s)));
  }
  sumG = total(f64x2.add(ga, gb));
  sumGn = total(f64x2.add(na, nb));
  for (; i < bytes; i += 4) {
    sumG += one(dy + i);
    sumGn += one(dy + i) * ((one(x + i) - mean) * inverse);
  }
}

/** The same with one gamma for each element: Σ g and Σ g · n, and each element's share of dgamma and dbeta. @inline */
function sumEach(
  dy: usize,
  x: usize,
  mean: f64,
  inverse: f64,
  hasGamma: bool,
  gamma: usize,
  gammaSums: usize,
  betaSums: usize,
): void {
  const m = f64x2.splat(mean);
  const s = f64x2.splat(inverse);
  let g = f64x2.splat(0);
  let gn = g;
  const bytes = (<usize>length) << 2;
  let i: usize = 0;
  for (; i + 8 <= bytes; i += 8) {
    let d = pair(dy + i);
    let e = f64x2.mul(d, f64x2.mul(f64x2.sub(pair(x + i), m), s));
    const at = i << 1;
    v128.store(gammaSums + at, f64x2.add(v128.load(gammaSums + at), e));
    v128.store(betaSums + at, f64x2.add(v128.load(betaSums + at), d));
    if (hasGamma) {
      const scale = pair(gamma + i);
      d = f64x2.mul(d, scale);
      e = f64x2.mul(e, scale);
    }
    g = f64x2.add(g, d);
    gn = f64x2.add(gn, e);
  }
  sumG = total(g);
  sumGn = total(gn);
  for (; i < bytes; i += 4) {
    const d = one(dy + i);
    const e = d * ((one(x + i) - mean) * inverse);
    const index = <i32>(i >> 2);
    addTo(gammaSums, index, e);
    addTo(betaSums, index, d);
    const scale: f64 = hasGamma ? one(gamma + i) : 1;
    sumG += d * scale;
    sumGn += e * scale;
  }
}

/** @inline */
function writeEach(
  dy: usize,
  x: usize,
  dx: usize,
  mean: f64,
  inverse: f64,
  hasGamma: bool,
  gamma: usize,
  scale: f64,
  meanG: f64,
  meanGn: f64,
): void {
  const m = f64x2.splat(mean);
  const s = f64x2.splat(inverse);
  const c = f64x2.splat(scale);
  const a = f64x2.splat(meanG);
  const b = f64x2.splat(meanGn);
  const bytes = (<usize>length) << 2;
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) {
    const ga = f64x2.mul(pair(dy + i), hasGamma ? pair(gamma + i) : c);
    const gb = f64x2.mul(pair(dy + i + 8), hasGamma ? pair(gamma + i + 8) : c);
    const na = f64x2.mul(f64x2.sub(pair(x + i), m), s);
    const nb = f64x2.mul(f64x2.sub(pair(x + i + 8), m), s);
    storePair(dx + i, f64x2.mul(f64x2.sub(f64x2.sub(ga, a), f64x2.mul(na, b)), s));
    storePair(dx + i + 8, f64x2.mul(f64x2.sub(f64x2.sub(gb, a), f64x2.mul(nb, b)), s));
  }
  for (; i < bytes; i += 4) {
    const g = one(dy + i) * (hasGamma ? one(gamma + i) : scale);
    const n = (one(x + i) - mean) * inverse;
    storeOne(dx + i, (g - meanG - n * meanGn) * inverse);
  }
}
