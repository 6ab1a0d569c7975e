import { gradientOfFour, isNarrowGradient, lowerHalf, normalizedFour, shiftOf, upperHalf } from './narrow';
import { addTo, gammaOf } from './parameters';
import { lanes, parameterOf, rows } from './plan';
import * as arrays from './scratch';

// The gradient of a block of lanes that have one gamma each, in float32: one float32 for each lane in `highs`, `scales`,
// `shifts` and `slopes`. Four rows are summed in float32 before the sum goes into the lane's float64.

const ROWS_AT_ONCE: i32 = 4;

/** By lane, Σ dy into `g` and Σ dy · (x − high) · inverse into `gn`; `scales` holds the inverses. */
export function sumLanes(dy: usize, x: usize): void {
  const stride = (<usize>lanes) << 2;
  const g = arrays.g;
  const gn = arrays.gn;
  const highs = arrays.highs;
  const inverses = arrays.scales;
  let row = 0;
  for (; row + ROWS_AT_ONCE <= rows; row += ROWS_AT_ONCE, x += stride * ROWS_AT_ONCE, dy += stride * ROWS_AT_ONCE) {
    let at: usize = 0;
    for (; at + 16 <= stride; at += 16) {
      const h = v128.load(highs + at);
      const i = v128.load(inverses + at);
      const p = v128.load(dy + at);
      const q = v128.load(dy + at + stride);
      const r = v128.load(dy + at + stride * 2);
      const t = v128.load(dy + at + stride * 3);
      const first = f32x4.mul(p, normalizedFour(v128.load(x + at), h, i));
      const second = f32x4.mul(q, normalizedFour(v128.load(x + at + stride), h, i));
      const third = f32x4.mul(r, normalizedFour(v128.load(x + at + stride * 2), h, i));
      const fourth = f32x4.mul(t, normalizedFour(v128.load(x + at + stride * 3), h, i));
      addFour(g + at + at, f32x4.add(f32x4.add(p, q), f32x4.add(r, t)));
      addFour(gn + at + at, f32x4.add(f32x4.add(first, second), f32x4.add(third, fourth)));
    }
    for (; at < stride; at += 4) {
      for (let next: usize = at; next < stride * ROWS_AT_ONCE; next += stride) sumOne(dy + next, x + next, at);
    }
  }
  for (; row < rows; row++, x += stride, dy += stride) {
    for (let at: usize = 0; at < stride; at += 4) sumOne(dy + at, x + at, at);
  }
}

/** @inline */
function addFour(sums: usize, values: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), lowerHalf(values)));
  v128.store(sums + 16, f64x2.add(v128.load(sums + 16), upperHalf(values)));
}

/** Adds one element to the sums of the lane whose float32 values stand at byte `at`. @inline */
function sumOne(dy: usize, x: usize, at: usize): void {
  const lane = <i32>(at >> 2);
  const d = load<f32>(dy);
  addTo(arrays.g, lane, <f64>d);
  addTo(arrays.gn, lane, <f64>(d * ((load<f32>(x) - load<f32>(arrays.highs + at)) * load<f32>(arrays.scales + at))));
}

/**
 * Computes what `writeLanes` multiplies by and subtracts, given Σ g / count in `g` and Σ g · n / count in `gn`. Returns
 * whether float32 has all digits of it; if not, what it has stored is of no use.
 */
export function setFactors(): bool {
  for (let lane = 0; lane < lanes; lane++) {
    const at = (<usize>lane) << 3;
    const inverse = load<f64>(arrays.inverses + at);
    const meanG = load<f64>(arrays.g + at);
    const meanGn = load<f64>(arrays.gn + at);
    if (!isNarrowGradient(meanG, meanGn, inverse)) return false;
    store<f32>(arrays.scales + (at >> 1), <f32>(inverse * gammaOf(parameterOf(lane))));
    const slope = meanGn * inverse * inverse;
    store<f32>(arrays.shifts + (at >> 1), <f32>shiftOf(load<f64>(arrays.means + at), slope, meanG * inverse));
    store<f32>(arrays.slopes + (at >> 1), <f32>slope);
  }
  return true;
}

/** dx = dy · scale − shift − (x − high) · slope for the rows of a block, with the four of each lane. */
export function writeLanes(dy: usize, x: usize, dx: usize): void {
  const stride = (<usize>lanes) << 2;
  const highs = arrays.highs;
  const scales = arrays.scales;
  const shifts = arrays.shifts;
  const slopes = arrays.slopes;
  const together = stride * ROWS_AT_ONCE;
  let row = 0;
  for (; row + ROWS_AT_ONCE <= rows; row += ROWS_AT_ONCE, x += together, dy += together, dx += together) {
    let at: usize = 0;
    for (; at + 16 <= stride; at += 16) {
      const h = v128.load(highs + at);
      const scale = v128.load(scales + at);
      const shift = v128.load(shifts + at);
      const slope = v128.load(slopes + at);
      const second = at + stride;
      const third = second + stride;
      const fourth = third + stride;
      v128.store(dx + at, gradientOfFour(v128.load(dy + at), v128.load(x + at), h, scale, shift, slope));
      v128.store(dx + second, gradientOfFour(v128.load(dy + second), v128.load(x + second), h, scale, shift, slope));
      v128.store(dx + third, gradientOfFour(v128.load(dy + third), v128.load(x + third), h, scale, shift, slope));
      v128.store(dx + fourth, gradientOfFour(v128.load(dy + fourth), v128.load(x + fourth), h, scale, shift, slope));
    }
    for (; at < stride; at += 4) {
      for (let next: usize = at; next < together; next += stride) writeOne(dy + next, x + next, dx + next, at);
    }
  }
  for (; row < rows; row++, x += stride, dy += stride, dx += stride) {
    for (let at: usize = 0; at < stride; at += 4) writeOne(dy + at, x + at, dx + at, at);
  }
}

/** @inline */
function writeOne(dy: usize, x: usize, dx: usize, at: usize): void {
  const straight = load<f32>(dy) * load<f32>(arrays.scales + at) - load<f32>(arrays.shifts + at);
  store<f32>(dx, straight - (load<f32>(x) - load<f32>(arrays.highs + at)) * load<f32>(arrays.slopes + at));
}
