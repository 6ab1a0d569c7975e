import { affineAt, affineStep, gammaPerLane, inner, lanes, length, reduceInner, reduceOuter } from './geometry';
import { writeLanes, writeLine } from './lanes';
import { writeRun, writeRunOf } from './rows';
import { one } from './simd';

// y = (x − mean) · inverse · gamma + beta; gamma and beta are addresses, or 0 where there is none.

@inline
function valueOr(parameters: usize, index: i32, neutral: f64): f64 {
  return parameters == 0 ? neutral : one(parameters + (<usize>index << 2));
}

@inline
function from(parameters: usize, index: i32): usize {
  return parameters == 0 ? 0 : parameters + (<usize>index << 2);
}

/** One segment whose runs of `reduceInner` elements begin at `start`. */
export function writeSegment(x: usize, y: usize, start: i32, mean: f64, inverse: f64, gamma: usize, beta: usize): void {
  const stride = inner * reduceInner;
  for (let outer = 0; outer < reduceOuter; outer++) {
    const first = start + outer * stride;
    for (let index = first; index < first + reduceInner; index += length) {
      const affine = affineAt(index);
      const at = <usize>index << 2;
      if (affineStep == 1) writeRunOf(x + at, y + at, length, mean, inverse, from(gamma, affine), from(beta, affine));
      else writeRun(x + at, y + at, length, mean, inverse * valueOr(gamma, affine, 1), valueOr(beta, affine, 0));
    }
  }
}

/** One block of lanes that begins at `start`; `scales` and `shifts` are scratch. */
export function writeBlock(x: usize, y: usize, start: i32, means: usize, inverses: usize, scales: usize, shifts: usize, gamma: usize, beta: usize): void {
  if (gammaPerLane) {
    for (let lane = 0; lane < lanes; lane++) {
      const at = <usize>lane << 3;
      store<f64>(scales + at, load<f64>(inverses + at) * valueOr(gamma, lane, 1));
      store<f64>(shifts + at, valueOr(beta, lane, 0));
    }
    writeLanes(x + (<usize>start << 2), y + (<usize>start << 2), reduceOuter, means, scales, shifts);
    return;
  }
  const end = start + reduceOuter * lanes;
  for (let index = start; index < end; index += length) {
    const at = <usize>index << 2;
    const lane = <usize>((index - start) % lanes) << 3;
    const affine = affineAt(index);
    if (affineStep == 0) {
      writeLine(x + at, y + at, length, means + lane, inverses + lane, valueOr(gamma, affine, 1), valueOr(beta, affine, 0));
      continue;
    }
    for (let i = 0; i < length; i++) {
      const slot = lane + (<usize>i << 3);
      const place = at + (<usize>i << 2);
      writeRun(x + place, y + place, 1, load<f64>(means + slot), load<f64>(inverses + slot) * valueOr(gamma, affine + i, 1), valueOr(beta, affine + i, 0));
    }
  }
}
