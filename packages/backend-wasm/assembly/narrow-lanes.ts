import { isNarrow } from './narrow';
import { lanes, rows } from './plan';
import * as arrays from './scratch';

// Blocks of lanes (lanes.ts), in float32: one float32 for each lane in `highs`, `scales` and `shifts`.

const ROWS_AT_ONCE: i32 = 4;

/** Whether all lanes of a block may be computed in float32. */
export function areNarrow(): bool {
  for (let lane = 0; lane < lanes; lane++) {
    const at = (<usize>lane) << 3;
    if (!isNarrow(load<f64>(arrays.means + at), load<f64>(arrays.inverses + at))) return false;
  }
  return true;
}

/**
 * y = (x − high) · scale + shift for the rows of a block, with the three of each lane. The arrays are parameters: read
 * from scratch.ts instead, they made apply a tenth slower.
 */
export function writeLanes(x: usize, y: usize, highs: usize, scales: usize, shifts: usize): void {
  const stride = (<usize>lanes) << 2;
  let row = 0;
  for (; row + ROWS_AT_ONCE <= rows; row += ROWS_AT_ONCE, x += stride * ROWS_AT_ONCE, y += stride * ROWS_AT_ONCE) {
    let at: usize = 0;
    for (; at + 16 <= stride; at += 16) {
      const h = v128.load(highs + at);
      const scale = v128.load(scales + at);
      const shift = v128.load(shifts + at);
      writeFour(x + at, y + at, h, scale, shift);
      writeFour(x + at + stride, y + at + stride, h, scale, shift);
      writeFour(x + at + stride * 2, y + at + stride * 2, h, scale, shift);
      writeFour(x + at + stride * 3, y + at + stride * 3, h, scale, shift);
    }
    for (; at < stride; at += 4) {
      for (let next: usize = at; next < stride * ROWS_AT_ONCE; next += stride)
        writeOne(x + next, y + next, at, highs, scales, shifts);
    }
  }
  for (; row < rows; row++, x += stride, y += stride) {
    for (let at: usize = 0; at < stride; at += 4) writeOne(x + at, y + at, at, highs, scales, shifts);
  }
}

/** @inline */
function writeFour(x: usize, y: usize, high: v128, scale: v128, shift: v128): void {
  v128.store(y, f32x4.add(f32x4.mul(f32x4.sub(v128.load(x), high), scale), shift));
}

/** @inline */
function writeOne(x: usize, y: usize, at: usize, highs: usize, scales: usize, shifts: usize): void {
  store<f32>(y, (load<f32>(x) - load<f32>(highs + at)) * load<f32>(scales + at) + load<f32>(shifts + at));
}
