import { sumLines, writeLines } from './backward-lines';
import { clear, fillSegment, sumOfSegment } from './lanes';
import { hasDigits, shiftOf } from './narrow';
import * as narrow from './narrow-backward-lanes';
import { areNarrow } from './narrow-lanes';
import { addTo, gammaAt } from './parameters';
import { count, gammaPerLane, inner, lanes, parameterOf, rows, useMean } from './plan';
import { one, pair, storeOne, storePair } from './simd';
import { loadInverse, loadMean } from './stats';

// The gradient of one block of lanes.

export function backwardLanes(
  block: i32,
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
  const bytes = (<usize>lanes) << 3;
  const means = scratch;
  const inverses = means + bytes;
  const g = inverses + bytes;
  const gn = g + bytes;
  const start = block * rows * lanes;
  const offset = (<usize>start) << 2;
  for (let segment = 0; segment < inner; segment++) {
    fillSegment(means, segment, loadMean(stats, block * inner + segment, isOwn));
    fillSegment(inverses, segment, loadInverse(stats, block * inner + segment, isOwn));
  }
  clear(g, lanes << 1);
  if (!gammaPerLane) sumLines(start, dy, x, means, inverses, gamma, gammaSums, betaSums, g, gn);
  else {
    const isOrdinary = areNarrow(means, inverses);
    if (isOrdinary) narrowSums(dy + offset, x + offset, means, inverses, g, gn, gn + bytes);
    else sumLanes(dy + offset, x + offset, means, inverses, g, gn);
    for (let lane = 0; lane < lanes; lane++) {
      const at = (<usize>lane) << 3;
      addTo(betaSums, parameterOf(lane), load<f64>(g + at));
      addTo(gammaSums, parameterOf(lane), load<f64>(gn + at));
      store<f64>(g + at, load<f64>(g + at) * gammaAt(gamma, parameterOf(lane)));
      store<f64>(gn + at, load<f64>(gn + at) * gammaAt(gamma, parameterOf(lane)));
    }
  }
  for (let segment = 0; segment < inner; segment++) {
    fillSegment(g, segment, isFrozen || !useMean ? 0 : sumOfSegment(g, segment) / count);
    fillSegment(gn, segment, isFrozen ? 0 : sumOfSegment(gn, segment) / count);
  }
  if (!gammaPerLane) writeLines(start, dy, x, dx, means, inverses, gamma, g, gn);
  else if (
    !areNarrow(means, inverses) ||
    !narrowWrite(dy + offset, x + offset, dx + offset, means, inverses, gamma, g, gn, gn + bytes)
  ) {
    writeLanes(dy + offset, x + offset, dx + offset, means, inverses, gamma, g, gn, gn + bytes);
  }
}

function narrowSums(dy: usize, x: usize, means: usize, inverses: usize, g: usize, gn: usize, scratch: usize): void {
  const narrowInverses = scratch + ((<usize>lanes) << 2);
  for (let lane = 0; lane < lanes; lane++) {
    const at = (<usize>lane) << 2;
    store<f32>(scratch + at, <f32>load<f64>(means + at + at));
    store<f32>(narrowInverses + at, <f32>load<f64>(inverses + at + at));
  }
  narrow.sumLanes(dy, x, scratch, narrowInverses, g, gn);
  for (let lane = 0; lane < lanes; lane++) {
    const at = (<usize>lane) << 3;
    const sumG = load<f64>(g + at);
    const sumGn = load<f64>(gn + at);
    if (hasDigits(sumG) && hasDigits(sumGn))
      store<f64>(gn + at, shiftOf(load<f64>(means + at), sumG * load<f64>(inverses + at), sumGn));
    else sumLane(dy, x, lane, means, inverses, g, gn);
  }
}

/** The sums of one lane anew, in float64, where products left float32's range. */
function sumLane(dy: usize, x: usize, lane: i32, means: usize, inverses: usize, g: usize, gn: usize): void {
  store<f64>(g + ((<usize>lane) << 3), 0);
  store<f64>(gn + ((<usize>lane) << 3), 0);
  const stride = (<usize>lanes) << 2;
  for (let row = 0; row < rows; row++, x += stride, dy += stride) sumOne(dy, x, lane, means, inverses, g, gn);
}

/** Whether it could be done: the means still stand where `narrowSums` put them. */
function narrowWrite(
  dy: usize,
  x: usize,
  dx: usize,
  means: usize,
  inverses: usize,
  gamma: usize,
  g: usize,
  gn: usize,
  scratch: usize,
): bool {
  const size = (<usize>lanes) << 2;
  const scales = scratch + size;
  const offsets = scales + size;
  const slopes = offsets + size;
  if (!narrow.factors(means, inverses, gamma, g, gn, scales, offsets, slopes)) return false;
  narrow.writeLanes(dy, x, dx, scratch, scales, offsets, slopes);
  return true;
}

/** By lane, Σ dy and Σ dy · n. */
function sumLanes(dy: usize, x: usize, means: usize, inverses: usize, g: usize, gn: usize): void {
  const stride = (<usize>lanes) << 2;
  let row = 0;
  for (; row + 2 <= rows; row += 2, x += stride * 2, dy += stride * 2) {
    let lane = 0;
    for (; lane + 2 <= lanes; lane += 2) {
      const at = (<usize>lane) << 3;
      const place = (<usize>lane) << 2;
      const mean = v128.load(means + at);
      const inverse = v128.load(inverses + at);
      const d = pair(dy + place);
      const e = pair(dy + place + stride);
      const n = f64x2.mul(f64x2.sub(pair(x + place), mean), inverse);
      const o = f64x2.mul(f64x2.sub(pair(x + place + stride), mean), inverse);
      v128.store(g + at, f64x2.add(v128.load(g + at), f64x2.add(d, e)));
      v128.store(gn + at, f64x2.add(v128.load(gn + at), f64x2.add(f64x2.mul(d, n), f64x2.mul(e, o))));
    }
    if (lane < lanes) {
      sumOne(dy, x, lane, means, inverses, g, gn);
      sumOne(dy + stride, x + stride, lane, means, inverses, g, gn);
    }
  }
  for (; row < rows; row++, x += stride, dy += stride) {
    for (let lane = 0; lane < lanes; lane++) sumOne(dy, x, lane, means, inverses, g, gn);
  }
}

/** @inline */
function sumOne(dy: usize, x: usize, lane: i32, means: usize, inverses: usize, g: usize, gn: usize): void {
  const at = (<usize>lane) << 3;
  const place = (<usize>lane) << 2;
  const d = one(dy + place);
  addTo(g, lane, d);
  addTo(gn, lane, d * ((one(x + place) - load<f64>(means + at)) * load<f64>(inverses + at)));
}

/** dx by lane; `gammas` is scratch. */
function writeLanes(
  dy: usize,
  x: usize,
  dx: usize,
  means: usize,
  inverses: usize,
  gamma: usize,
  g: usize,
  gn: usize,
  gammas: usize,
): void {
  for (let lane = 0; lane < lanes; lane++) store<f64>(gammas + ((<usize>lane) << 3), gammaAt(gamma, parameterOf(lane)));
  const stride = (<usize>lanes) << 2;
  let row = 0;
  for (; row + 2 <= rows; row += 2, x += stride * 2, dy += stride * 2, dx += stride * 2) {
    let lane = 0;
    for (; lane + 2 <= lanes; lane += 2) {
      const at = (<usize>lane) << 3;
      const mean = v128.load(means + at);
      const inverse = v128.load(inverses + at);
      const scale = v128.load(gammas + at);
      const meanG = v128.load(g + at);
      const meanGn = v128.load(gn + at);
      const place = (<usize>lane) << 2;
      writePair(dy + place, x + place, dx + place, mean, inverse, scale, meanG, meanGn);
      writePair(dy + place + stride, x + place + stride, dx + place + stride, mean, inverse, scale, meanG, meanGn);
    }
    if (lane < lanes) {
      writeOne(dy, x, dx, lane, means, inverses, gammas, g, gn);
      writeOne(dy + stride, x + stride, dx + stride, lane, means, inverses, gammas, g, gn);
    }
  }
  for (; row < rows; row++, x += stride, dy += stride, dx += stride) {
    for (let lane = 0; lane < lanes; lane++) writeOne(dy, x, dx, lane, means, inverses, gammas, g, gn);
  }
}

/** @inline */
function writePair(
  dy: usize,
  x: usize,
  dx: usize,
  mean: v128,
  inverse: v128,
  scale: v128,
  meanG: v128,
  meanGn: v128,
): void {
  const n = f64x2.mul(f64x2.sub(pair(x), mean), inverse);
  const through = f64x2.mul(n, meanGn);
  storePair(dx, f64x2.mul(f64x2.sub(f64x2.sub(f64x2.mul(pair(dy), scale), meanG), through), inverse));
}

/** @inline */
function writeOne(
  dy: usize,
  x: usize,
  dx: usize,
  lane: i32,
  means: usize,
  inverses: usize,
  gammas: usize,
  g: usize,
  gn: usize,
): void {
  const at = (<usize>lane) << 3;
  const place = (<usize>lane) << 2;
  const inverse = load<f64>(inverses + at);
  const n = (one(x + place) - load<f64>(means + at)) * inverse;
  storeOne(
    dx + place,
    (one(dy + place) * load<f64>(gammas + at) - load<f64>(g + at) - n * load<f64>(gn + at)) * inverse,
  );
}
