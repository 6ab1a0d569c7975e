import { isNarrowGradient, lowerHalf, shiftOf, upperHalf } from './narrow';
import { addTo, gammaAt } from './parameters';
import { lanes, parameterOf, rows } from './plan';

// The gradient of a block whose every lane has values of its own, in float32; one float32 for each lane, in arrays one
// after another. Four rows are summed in float32 before the sum goes into the lane's float64.

const ROWS_AT_ONCE: i32 = 4;

/** By lane, Σ dy into `g` and Σ dy · (x − high) · inverse into `gn`. */
export function sumLanes(dy: usize, x: usize, high: usize, inverses: usize, g: usize, gn: usize): void {
  const stride = (<usize>lanes) << 2;
  let row = 0;
  for (; row + ROWS_AT_ONCE <= rows; row += ROWS_AT_ONCE, x += stride * ROWS_AT_ONCE, dy += stride * ROWS_AT_ONCE) {
    let at: usize = 0;
    for (; at + 16 <= stride; at += 16) {
      const h = v128.load(high + at);
      const i = v128.load(inverses + at);
      const p = v128.load(dy + at);
      const q = v128.load(dy + at + stride);
      const r = v128.load(dy + at + stride * 2);
      const t = v128.load(dy + at + stride * 3);
      const first = f32x4.mul(p, f32x4.mul(f32x4.sub(v128.load(x + at), h), i));
      const second = f32x4.mul(q, f32x4.mul(f32x4.sub(v128.load(x + at + stride), h), i));
      const third = f32x4.mul(r, f32x4.mul(f32x4.sub(v128.load(x + at + stride * 2), h), i));
      const fourth = f32x4.mul(t, f32x4.mul(f32x4.sub(v128.load(x + at + stride * 3), h), i));
      addFour(g + at + at, f32x4.add(f32x4.add(p, q), f32x4.add(r, t)));
      addFour(gn + at + at, f32x4.add(f32x4.add(first, second), f32x4.add(third, fourth)));
    }
    for (; at < stride; at += 4) {
      for (let next: usize = at; next < stride * ROWS_AT_ONCE; next += stride)
        sumOne(dy + next, x + next, at, high, inverses, g, gn);
    }
  }
  for (; row < rows; row++, x += stride, dy += stride) {
    for (let at: usize = 0; at < stride; at += 4) sumOne(dy + at, x + at, at, high, inverses, g, gn);
  }
}

/** @inline */
function addFour(sums: usize, values: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), lowerHalf(values)));
  v128.store(sums + 16, f64x2.add(v128.load(sums + 16), upperHalf(values)));
}

/** @inline */
function sumOne(dy: usize, x: usize, at: usize, high: usize, inverses: usize, g: usize, gn: usize): void {
  const lane = <i32>(at >> 2);
  const d = load<f32>(dy);
  addTo(g, lane, <f64>d);
  addTo(gn, lane, <f64>(d * ((load<f32>(x) - load<f32>(high + at)) * load<f32>(inverses + at))));
}

/**
 * What `writeLanes` multiplies by and subtracts, given Σ g / count and Σ g · n / count; whether float32 has all digits
 * of all of it.
 */
export function factors(
  means: usize,
  inverses: usize,
  gamma: usize,
  g: usize,
  gn: usize,
  scales: usize,
  offsets: usize,
  slopes: usize,
): bool {
  for (let lane = 0; lane < lanes; lane++) {
    const at = (<usize>lane) << 3;
    const inverse = load<f64>(inverses + at);
    const meanG = load<f64>(g + at);
    const meanGn = load<f64>(gn + at);
    if (!isNarrowGradient(meanG, meanGn, inverse)) return false;
    store<f32>(scales + (at >> 1), <f32>(inverse * gammaAt(gamma, parameterOf(lane))));
    const slope = meanGn * inverse * inverse;
    store<f32>(offsets + (at >> 1), <f32>shiftOf(load<f64>(means + at), slope, meanG * inverse));
    store<f32>(slopes + (at >> 1), <f32>slope);
  }
  return true;
}

/** dx = dy · scale − offset − (x − high) · slope, all by lane. */
export function writeLanes(
  dy: usize,
  x: usize,
  dx: usize,
  high: usize,
  scales: usize,
  offsets: usize,
  slopes: usize,
): void {
  const stride = (<usize>lanes) << 2;
  let row = 0;
  for (
    ;
    row + ROWS_AT_ONCE <= rows;
    row += ROWS_AT_ONCE, x += stride * ROWS_AT_ONCE, dy += stride * ROWS_AT_ONCE, dx += stride * ROWS_AT_ONCE
  ) {
    let at: usize = 0;
    for (; at + 16 <= stride; at += 16) {
      const h = v128.load(high + at);
      const scale = v128.load(scales + at);
      const offset = v128.load(offsets + at);
      const slope = v128.load(slopes + at);
      writeFour(dy + at, x + at, dx + at, h, scale, offset, slope);
      writeFour(dy + at + stride, x + at + stride, dx + at + stride, h, scale, offset, slope);
      writeFour(dy + at + stride * 2, x + at + stride * 2, dx + at + stride * 2, h, scale, offset, slope);
      writeFour(dy + at + stride * 3, x + at + stride * 3, dx + at + stride * 3, h, scale, offset, slope);
    }
    for (; at < stride; at += 4) {
      for (let next: usize = at; next < stride * ROWS_AT_ONCE; next += stride)
        writeOne(dy + next, x + next, dx + next, at, high, scales, offsets, slopes);
    }
  }
  for (; row < rows; row++, x += stride, dy += stride, dx += stride) {
    for (let at: usize = 0; at < stride; at += 4) writeOne(dy + at, x + at, dx + at, at, high, scales, offsets, slopes);
  }
}

/** @inline */
function writeOne(
  dy: usize,
  x: usize,
  dx: usize,
  at: usize,
  high: usize,
  scales: usize,
  offsets: usize,
  slopes: usize,
): void {
  const straight = load<f32>(dy) * load<f32>(scales + at) - load<f32>(offsets + at);
  store<f32>(dx, straight - (load<f32>(x) - load<f32>(high + at)) * load<f32>(slopes + at));
}

/** @inline */
function writeFour(dy: usize, x: usize, dx: usize, high: v128, scale: v128, offset: v128, slope: v128): void {
  const straight = f32x4.sub(f32x4.mul(v128.load(dy), scale), offset);
  v128.store(dx, f32x4.sub(straight, f32x4.mul(f32x4.sub(v128.load(x), high), slope)));
}
