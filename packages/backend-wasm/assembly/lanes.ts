import { inner, lanes, length, reduceInner, rows, useMean } from './plan';
import * as arrays from './scratch';
import { one, pair, storeOne, storePair, widened } from './simd';
import { loadInverse, loadMean } from './stats';

// Blocks whose neighbouring elements belong to different segments. Each position of a row, a lane, has float64 values
// of its own.

/** Rows that are summed before a lane's sums go back to memory: these rows are still in cache for the next eight lanes. */
const ROWS_SUMMED: i32 = 16;
const ROWS_WRITTEN: i32 = 4;

/**
 * Adds the rows of a block to `sums` (unless the mean counts as 0) and `squares`: for each lane x − shift and its square,
 * with the shifts in `means`, or without shifts x and x².
 */
export function addLanes(x: usize, haveShifts: bool): void {
  if (!useMean) add(x, false, false);
  else if (haveShifts) add(x, true, true);
  else add(x, false, true);
}

/** @inline */
function add(x: usize, hasShifts: bool, hasSums: bool): void {
  const stride = (<usize>lanes) << 2;
  for (let row = 0; row < rows; row += ROWS_SUMMED) {
    const end = x + stride * min(ROWS_SUMMED, rows - row);
    let lane = 0;
    for (; lane + 8 <= lanes; lane += 8) addEight(x, end, lane, hasShifts, hasSums);
    for (; lane + 2 <= lanes; lane += 2) addTwo(x, end, lane, hasShifts, hasSums);
    if (lane < lanes) addOne(x, end, lane, hasShifts, hasSums);
    x = end;
  }
}

/** @inline */
function addEight(x: usize, end: usize, lane: i32, hasShifts: bool, hasSums: bool): void {
  const stride = (<usize>lanes) << 2;
  const s = arrays.sums + ((<usize>lane) << 3);
  const t = arrays.squares + ((<usize>lane) << 3);
  const k = arrays.means + ((<usize>lane) << 3);
  let a = v128.load(s);
  let b = v128.load(s, 16);
  let c = v128.load(s, 32);
  let d = v128.load(s, 48);
  let aa = v128.load(t);
  let bb = v128.load(t, 16);
  let cc = v128.load(t, 32);
  let dd = v128.load(t, 48);
  for (let from = x + ((<usize>lane) << 2); from < end; from += stride) {
    let p = widened(v128.load64_zero(from));
    let q = widened(v128.load64_zero(from, 8));
    let r = widened(v128.load64_zero(from, 16));
    let u = widened(v128.load64_zero(from, 24));
    if (hasShifts) {
      p = f64x2.sub(p, v128.load(k));
      q = f64x2.sub(q, v128.load(k, 16));
      r = f64x2.sub(r, v128.load(k, 32));
      u = f64x2.sub(u, v128.load(k, 48));
    }
    if (hasSums) {
      a = f64x2.add(a, p);
      b = f64x2.add(b, q);
      c = f64x2.add(c, r);
      d = f64x2.add(d, u);
    }
    aa = f64x2.add(aa, f64x2.mul(p, p));
    bb = f64x2.add(bb, f64x2.mul(q, q));
    cc = f64x2.add(cc, f64x2.mul(r, r));
    dd = f64x2.add(dd, f64x2.mul(u, u));
  }
  if (hasSums) {
    v128.store(s, a);
    v128.store(s, b, 16);
    v128.store(s, c, 32);
    v128.store(s, d, 48);
  }
  v128.store(t, aa);
  v128.store(t, bb, 16);
  v128.store(t, cc, 32);
  v128.store(t, dd, 48);
}

/** @inline */
function addTwo(x: usize, end: usize, lane: i32, hasShifts: bool, hasSums: bool): void {
  const stride = (<usize>lanes) << 2;
  const s = arrays.sums + ((<usize>lane) << 3);
  const t = arrays.squares + ((<usize>lane) << 3);
  const k = arrays.means + ((<usize>lane) << 3);
  let a = v128.load(s);
  let aa = v128.load(t);
  for (let from = x + ((<usize>lane) << 2); from < end; from += stride) {
    let p = pair(from);
    if (hasShifts) p = f64x2.sub(p, v128.load(k));
    if (hasSums) a = f64x2.add(a, p);
    aa = f64x2.add(aa, f64x2.mul(p, p));
  }
  if (hasSums) v128.store(s, a);
  v128.store(t, aa);
}

/** @inline */
function addOne(x: usize, end: usize, lane: i32, hasShifts: bool, hasSums: bool): void {
  const stride = (<usize>lanes) << 2;
  const s = arrays.sums + ((<usize>lane) << 3);
  const t = arrays.squares + ((<usize>lane) << 3);
  const k = arrays.means + ((<usize>lane) << 3);
  let a = load<f64>(s);
  let aa = load<f64>(t);
  for (let from = x + ((<usize>lane) << 2); from < end; from += stride) {
    let p = one(from);
    if (hasShifts) p -= load<f64>(k);
    if (hasSums) a += p;
    aa += p * p;
  }
  if (hasSums) store<f64>(s, a);
  store<f64>(t, aa);
}

/** @inline */
function writePair(x: usize, y: usize, mean: v128, scale: v128, shift: v128): void {
  storePair(y, f64x2.add(f64x2.mul(f64x2.sub(pair(x), mean), scale), shift));
}

/** y = (x − mean) · scale + shift for the rows of a block, with the three of each lane. */
export function writeLanes(x: usize, y: usize, means: usize, scales: usize, shifts: usize): void {
  const stride = (<usize>lanes) << 2;
  let row = 0;
  for (; row + ROWS_WRITTEN <= rows; row += ROWS_WRITTEN, x += stride * ROWS_WRITTEN, y += stride * ROWS_WRITTEN) {
    let lane = 0;
    for (; lane + 2 <= lanes; lane += 2) {
      const at = (<usize>lane) << 3;
      const mean = v128.load(means + at);
      const scale = v128.load(scales + at);
      const shift = v128.load(shifts + at);
      const p = x + ((<usize>lane) << 2);
      const q = y + ((<usize>lane) << 2);
      writePair(p, q, mean, scale, shift);
      writePair(p + stride, q + stride, mean, scale, shift);
      writePair(p + stride * 2, q + stride * 2, mean, scale, shift);
      writePair(p + stride * 3, q + stride * 3, mean, scale, shift);
    }
    if (lane < lanes) {
      for (let next: usize = 0; next < stride * ROWS_WRITTEN; next += stride)
        writeOne(x + next, y + next, lane, means, scales, shifts);
    }
  }
  for (; row < rows; row++, x += stride, y += stride) {
    for (let lane = 0; lane < lanes; lane++) writeOne(x, y, lane, means, scales, shifts);
  }
}

/** @inline */
function writeOne(x: usize, y: usize, lane: i32, means: usize, scales: usize, shifts: usize): void {
  const at = (<usize>lane) << 3;
  const place = (<usize>lane) << 2;
  storeOne(y + place, (one(x + place) - load<f64>(means + at)) * load<f64>(scales + at) + load<f64>(shifts + at));
}

/** y = (x − mean) · inverse · gamma + beta for a line that has one gamma and beta; mean and inverse by lane, from `lane` on. */
export function writeLine(x: usize, y: usize, lane: i32, gamma: f64, beta: f64): void {
  const g = f64x2.splat(gamma);
  const b = f64x2.splat(beta);
  const mean = arrays.means + ((<usize>lane) << 3);
  const inverse = arrays.inverses + ((<usize>lane) << 3);
  const end = length;
  let i = 0;
  for (; i + 2 <= end; i += 2) {
    const at = (<usize>i) << 3;
    const place = (<usize>i) << 2;
    const normalized = f64x2.mul(f64x2.sub(pair(x + place), v128.load(mean + at)), v128.load(inverse + at));
    storePair(y + place, f64x2.add(f64x2.mul(normalized, g), b));
  }
  if (i < end) {
    const at = (<usize>i) << 3;
    const place = (<usize>i) << 2;
    const normalized = (one(x + place) - load<f64>(mean + at)) * load<f64>(inverse + at);
    storeOne(y + place, normalized * gamma + beta);
  }
}

/**
 * The sum over the lanes of a segment: `reduceInner` lanes from lane `segment · reduceInner` on, in each of the rows that
 * stand side by side.
 */
export function sumOfSegment(sums: usize, segment: i32): f64 {
  let sum: f64 = 0;
  for (let first = segment * reduceInner; first < lanes; first += inner * reduceInner) {
    for (let lane = first; lane < first + reduceInner; lane++) sum += load<f64>(sums + ((<usize>lane) << 3));
  }
  return sum;
}

/** Gives all lanes of a segment one value. */
export function fillSegment(values: usize, segment: i32, value: f64): void {
  for (let first = segment * reduceInner; first < lanes; first += inner * reduceInner) {
    for (let lane = first; lane < first + reduceInner; lane++) store<f64>(values + ((<usize>lane) << 3), value);
  }
}

/** `means` and `inverses` of a block's lanes, from the statistics. */
export function loadLanes(block: i32): void {
  for (let segment = 0; segment < inner; segment++) {
    fillSegment(arrays.means, segment, loadMean(block * inner + segment));
    fillSegment(arrays.inverses, segment, loadInverse(block * inner + segment));
  }
}
