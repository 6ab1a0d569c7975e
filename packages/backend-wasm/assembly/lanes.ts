import { inner, lanes, reduceInner, rows, useMean } from './geometry';
import { addTo } from './parameters';
import { one, pair, storeOne, storePair } from './simd';

// Blocks whose neighbours belong to different segments: every position of a line, a lane, has float64 values of its
// own. Lines are read in order, four at a time, so that a lane's values are loaded once for four elements.

const ROWS_AT_ONCE: i32 = 4;

/** sums[lane] += Σ (x − shift[lane]) over the rows, unless no mean is asked for, and squares[lane] likewise; 0 where there are no shifts. */
export function addLanes(x: usize, shifts: usize, sums: usize, squares: usize): void {
  if (!useMean) add(x, false, 0, false, sums, squares);
  else if (shifts == 0) add(x, false, 0, true, sums, squares);
  else add(x, true, shifts, true, sums, squares);
}

@inline
function add(x: usize, hasShifts: bool, shifts: usize, hasSums: bool, sums: usize, squares: usize): void {
  const stride = <usize>lanes << 2;
  let row = 0;
  for (; row + ROWS_AT_ONCE <= rows; row += ROWS_AT_ONCE, x += stride * ROWS_AT_ONCE) {
    let lane = 0;
    for (; lane + 2 <= lanes; lane += 2) {
      const at = <usize>lane << 3;
      const place = x + (<usize>lane << 2);
      let p = pair(place);
      let q = pair(place + stride);
      let r = pair(place + stride * 2);
      let s = pair(place + stride * 3);
      if (hasShifts) {
        const shift = v128.load(shifts + at);
        p = f64x2.sub(p, shift);
        q = f64x2.sub(q, shift);
        r = f64x2.sub(r, shift);
        s = f64x2.sub(s, shift);
      }
      if (hasSums) addPair(sums + at, f64x2.add(f64x2.add(p, q), f64x2.add(r, s)));
      const upper = f64x2.add(f64x2.mul(p, p), f64x2.mul(q, q));
      addPair(squares + at, f64x2.add(upper, f64x2.add(f64x2.mul(r, r), f64x2.mul(s, s))));
    }
    if (lane < lanes) for (let next: usize = 0; next < stride * ROWS_AT_ONCE; next += stride) addOne(x + next, lane, hasShifts, shifts, hasSums, sums, squares);
  }
  for (; row < rows; row++, x += stride) {
    for (let lane = 0; lane < lanes; lane++) addOne(x, lane, hasShifts, shifts, hasSums, sums, squares);
  }
}

@inline
function addPair(sums: usize, values: v128): void {
  v128.store(sums, f64x2.add(v128.load(sums), values));
}

@inline
function addOne(x: usize, lane: i32, hasShifts: bool, shifts: usize, hasSums: bool, sums: usize, squares: usize): void {
  let distance = one(x + (<usize>lane << 2));
  if (hasShifts) distance -= load<f64>(shifts + (<usize>lane << 3));
  if (hasSums) addTo(sums, lane, distance);
  addTo(squares, lane, distance * distance);
}

@inline
function writePair(x: usize, y: usize, mean: v128, scale: v128, shift: v128): void {
  storePair(y, f64x2.add(f64x2.mul(f64x2.sub(pair(x), mean), scale), shift));
}

/** y = (x − mean) · scale + shift, all by lane. */
export function writeLanes(x: usize, y: usize, means: usize, scales: usize, shifts: usize): void {
  const stride = <usize>lanes << 2;
  let row = 0;
  for (; row + ROWS_AT_ONCE <= rows; row += ROWS_AT_ONCE, x += stride * ROWS_AT_ONCE, y += stride * ROWS_AT_ONCE) {
    let lane = 0;
    for (; lane + 2 <= lanes; lane += 2) {
      const at = <usize>lane << 3;
      const mean = v128.load(means + at);
      const scale = v128.load(scales + at);
      const shift = v128.load(shifts + at);
      const p = x + (<usize>lane << 2);
      const q = y + (<usize>lane << 2);
      writePair(p, q, mean, scale, shift);
      writePair(p + stride, q + stride, mean, scale, shift);
      writePair(p + stride * 2, q + stride * 2, mean, scale, shift);
      writePair(p + stride * 3, q + stride * 3, mean, scale, shift);
    }
    if (lane < lanes) {
      for (let next: usize = 0; next < stride * ROWS_AT_ONCE; next += stride) writeOne(x + next, y + next, lane, means, scales, shifts);
    }
  }
  for (; row < rows; row++, x += stride, y += stride) {
    for (let lane = 0; lane < lanes; lane++) writeOne(x, y, lane, means, scales, shifts);
  }
}

@inline
function writeOne(x: usize, y: usize, lane: i32, means: usize, scales: usize, shifts: usize): void {
  const at = <usize>lane << 3;
  const place = <usize>lane << 2;
  storeOne(y + place, (one(x + place) - load<f64>(means + at)) * load<f64>(scales + at) + load<f64>(shifts + at));
}

/** y = (x − mean) · inverse · gamma + beta for one line: mean and inverse by lane, gamma and beta the same for all. */
export function writeLine(x: usize, y: usize, length: i32, means: usize, inverses: usize, gamma: f64, beta: f64): void {
  const g = f64x2.splat(gamma);
  const b = f64x2.splat(beta);
  let i = 0;
  for (; i + 2 <= length; i += 2) {
    const at = <usize>i << 3;
    const normalized = f64x2.mul(f64x2.sub(pair(x + (<usize>i << 2)), v128.load(means + at)), v128.load(inverses + at));
    storePair(y + (<usize>i << 2), f64x2.add(f64x2.mul(normalized, g), b));
  }
  if (i < length) {
    const at = <usize>i << 3;
    const normalized = (one(x + (<usize>i << 2)) - load<f64>(means + at)) * load<f64>(inverses + at);
    storeOne(y + (<usize>i << 2), normalized * gamma + beta);
  }
}

/** The sum over the lanes of a segment, which has `reduceInner` from lane `segment · reduceInner` on, and their likes. */
export function sumOfSegment(sums: usize, segment: i32): f64 {
  let sum: f64 = 0;
  for (let first = segment * reduceInner; first < lanes; first += inner * reduceInner) {
    for (let lane = first; lane < first + reduceInner; lane++) sum += load<f64>(sums + (<usize>lane << 3));
  }
  return sum;
}

/** Gives all lanes of a segment one value. */
export function fillSegment(values: usize, segment: i32, value: f64): void {
  for (let first = segment * reduceInner; first < lanes; first += inner * reduceInner) {
    for (let lane = first; lane < first + reduceInner; lane++) store<f64>(values + (<usize>lane << 3), value);
  }
}

export function clear(values: usize, length: i32): void {
  memory.fill(values, 0, <usize>length << 3);
}
