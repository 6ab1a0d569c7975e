import { writeLanes, writeLine } from './lanes';
import { isNarrow, shiftOf } from './narrow';
import { areNarrow, writeLanes as writeNarrowLanes } from './narrow-lanes';
import { writeRun as writeNarrowRun, writeRunOf as writeNarrowRunOf } from './narrow-rows';
import { affineAt, affineStep, gammaPerLane, lanes, length, parameterOf, reduceInner, rows } from './plan';
import { writeRun, writeRunOf } from './rows';
import { one } from './simd';

// y = (x − mean) · inverse · gamma + beta; gamma and beta are addresses, or 0 where there is none.

/** @inline */
function valueOr(parameters: usize, index: i32, neutral: f64): f64 {
  return parameters === 0 ? neutral : one(parameters + ((<usize>index) << 2));
}

/** @inline */
function from(parameters: usize, index: i32): usize {
  return parameters === 0 ? 0 : parameters + ((<usize>index) << 2);
}

/** A run of `reduceInner` elements of one segment, from element `first` on. */
export function writeRuns(x: usize, y: usize, first: i32, mean: f64, inverse: f64, gamma: usize, beta: usize): void {
  const narrow = isNarrow(mean, inverse);
  for (let index = first; index < first + reduceInner; index += length) {
    const affine = affineAt(index);
    const at = (<usize>index) << 2;
    if (affineStep === 1) {
      const g = from(gamma, affine);
      const b = from(beta, affine);
      if (narrow) writeNarrowRunOf(x + at, y + at, length, mean, inverse, g, b);
      else writeRunOf(x + at, y + at, length, mean, inverse, g, b);
    } else {
      const scale = inverse * valueOr(gamma, affine, 1);
      const shift = valueOr(beta, affine, 0);
      if (narrow) writeNarrowRun(x + at, y + at, length, mean, scale, shift);
      else writeRun(x + at, y + at, length, mean, scale, shift);
    }
  }
}

/** One block of lanes that begins at `start`; `scales` and `shifts` are scratch. */
export function writeBlock(
  x: usize,
  y: usize,
  start: i32,
  means: usize,
  inverses: usize,
  scales: usize,
  shifts: usize,
  gamma: usize,
  beta: usize,
): void {
  if (gammaPerLane) {
    const from = x + ((<usize>start) << 2);
    const to = y + ((<usize>start) << 2);
    if (areNarrow(means, inverses)) writeNarrowBlock(from, to, means, inverses, scales, shifts, gamma, beta);
    else writeWideBlock(from, to, means, inverses, scales, shifts, gamma, beta);
    return;
  }
  const end = start + rows * lanes;
  for (let index = start; index < end; index += length) {
    const at = (<usize>index) << 2;
    const lane = (<usize>((index - start) % lanes)) << 3;
    const affine = affineAt(index);
    if (affineStep === 0) {
      writeLine(
        x + at,
        y + at,
        length,
        means + lane,
        inverses + lane,
        valueOr(gamma, affine, 1),
        valueOr(beta, affine, 0),
      );
      continue;
    }
    for (let i = 0; i < length; i++) {
      const slot = lane + ((<usize>i) << 3);
      const place = at + ((<usize>i) << 2);
      writeRun(
        x + place,
        y + place,
        1,
        load<f64>(means + slot),
        load<f64>(inverses + slot) * valueOr(gamma, affine + i, 1),
        valueOr(beta, affine + i, 0),
      );
    }
  }
}

/** One gamma and beta for each lane. */
function writeWideBlock(
  x: usize,
  y: usize,
  means: usize,
  inverses: usize,
  scales: usize,
  shifts: usize,
  gamma: usize,
  beta: usize,
): void {
  for (let lane = 0; lane < lanes; lane++) {
    const at = (<usize>lane) << 3;
    store<f64>(scales + at, load<f64>(inverses + at) * valueOr(gamma, parameterOf(lane), 1));
    store<f64>(shifts + at, valueOr(beta, parameterOf(lane), 0));
  }
  writeLanes(x, y, means, scales, shifts);
}

/** The same in float32; two such arrays fit where one float64 does for each lane. */
function writeNarrowBlock(
  x: usize,
  y: usize,
  means: usize,
  inverses: usize,
  scales: usize,
  shifts: usize,
  gamma: usize,
  beta: usize,
): void {
  const half = (<usize>lanes) << 2;
  for (let lane = 0; lane < lanes; lane++) {
    const at = (<usize>lane) << 2;
    const mean = load<f64>(means + ((<usize>lane) << 3));
    const scale = load<f64>(inverses + ((<usize>lane) << 3)) * valueOr(gamma, parameterOf(lane), 1);
    store<f32>(shifts + half + at, <f32>mean);
    store<f32>(scales + at, <f32>scale);
    store<f32>(shifts + at, <f32>shiftOf(mean, scale, valueOr(beta, parameterOf(lane), 0)));
  }
  writeNarrowLanes(x, y, shifts + half, scales, shifts);
}
