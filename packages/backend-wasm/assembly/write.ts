import { beta, x, y } from './call';
import { writeLanes, writeLine } from './lanes';
import { isNarrow, shiftOf } from './narrow';
import { areNarrow, writeLanes as writeNarrowLanes } from './narrow-lanes';
import { writeRun as writeNarrowRun, writeRunOf as writeNarrowRunOf } from './narrow-runs';
import { gammaOf, valueAt } from './parameters';
import { affineAt, affineStep, gammaPerLane, lanes, length, parameterOf, reduceInner, rows } from './plan';
import { writeRun, writeRunOf } from './runs';
import { highs, inverses, means, scales, shifts } from './scratch';

// y = (x − mean) · inverse · gamma + beta: which loop writes it, in float32 (narrow) or in float64.

/** A run of `reduceInner` elements of one segment, from element `first` on. */
export function writeRuns(first: i32, mean: f64, inverse: f64): void {
  const narrow = isNarrow(mean, inverse);
  for (let index = first; index < first + reduceInner; index += length) {
    const affine = affineAt(index);
    const at = (<usize>index) << 2;
    if (affineStep === 1) {
      if (narrow) writeNarrowRunOf(at, affine, mean, inverse);
      else writeRunOf(at, affine, mean, inverse);
    } else {
      const scale = inverse * gammaOf(affine);
      const shift = valueAt(beta, affine, 0);
      if (narrow) writeNarrowRun(x + at, y + at, length, mean, scale, shift);
      else writeRun(x + at, y + at, length, mean, scale, shift);
    }
  }
}

/** One block of lanes that begins at element `start`. */
export function writeBlock(start: i32): void {
  if (gammaPerLane) {
    const at = (<usize>start) << 2;
    if (areNarrow()) writeNarrowBlock(x + at, y + at);
    else writeWideBlock(x + at, y + at);
    return;
  }
  const end = start + rows * lanes;
  for (let index = start; index < end; index += length) {
    const at = (<usize>index) << 2;
    const lane = (index - start) % lanes;
    const affine = affineAt(index);
    if (affineStep === 0) writeLine(x + at, y + at, lane, gammaOf(affine), valueAt(beta, affine, 0));
    else writeElements(index, lane, affine);
  }
}

/** A line of elements that have each a lane and a gamma of their own, one by one. */
function writeElements(index: i32, lane: i32, affine: i32): void {
  for (let i = 0; i < length; i++) {
    const slot = (<usize>(lane + i)) << 3;
    const at = (<usize>(index + i)) << 2;
    const scale = load<f64>(inverses + slot) * gammaOf(affine + i);
    writeRun(x + at, y + at, 1, load<f64>(means + slot), scale, valueAt(beta, affine + i, 0));
  }
}

/** One gamma and beta for each lane, in float64. */
function writeWideBlock(from: usize, to: usize): void {
  for (let lane = 0; lane < lanes; lane++) {
    const at = (<usize>lane) << 3;
    store<f64>(scales + at, load<f64>(inverses + at) * gammaOf(parameterOf(lane)));
    store<f64>(shifts + at, valueAt(beta, parameterOf(lane), 0));
  }
  writeLanes(from, to, means, scales, shifts);
}

/** The same in float32. */
function writeNarrowBlock(from: usize, to: usize): void {
  for (let lane = 0; lane < lanes; lane++) {
    const at = (<usize>lane) << 2;
    const mean = load<f64>(means + ((<usize>lane) << 3));
    const scale = load<f64>(inverses + ((<usize>lane) << 3)) * gammaOf(parameterOf(lane));
    store<f32>(highs + at, <f32>mean);
    store<f32>(scales + at, <f32>scale);
    store<f32>(shifts + at, <f32>shiftOf(mean, scale, valueAt(beta, parameterOf(lane), 0)));
  }
  writeNarrowLanes(from, to, highs, scales, shifts);
}
