import * as call from './call';
import { length, useMean } from './plan';
import { one, pair, storeOne, storePair, total, widened } from './simd';

// Runs of consecutive elements that share a segment, in float64.

/** What `addRun` adds to: Σ (x − shift) and Σ (x − shift)². The caller clears both when a segment begins. */
export let sum: f64 = 0;
export let squares: f64 = 0;

export function clearSums(): void {
  setSums(0, 0);
}

/** Goes on with the sums that an earlier run of the segment left. @inline */
export function setSums(ofDistances: f64, ofSquares: f64): void {
  sum = ofDistances;
  squares = ofSquares;
}

/** Adds a run to both sums, or to the squares alone where the mean counts as 0. */
export function addRun(x: usize, length: i32, shift: f64): void {
  if (!useMean) add(x, length, 0, false, false);
  else if (shift === 0) add(x, length, 0, false, true);
  else add(x, length, shift, true, true);
}

/** Has two partial sums of each kind side by side: a single sum would wait for its own last addition. @inline */
function add(x: usize, length: i32, shift: f64, hasShift: bool, hasSum: bool): void {
  const k = f64x2.splat(shift);
  let a = f64x2.splat(0);
  let b = a;
  let aa = a;
  let bb = a;
  const end = x + ((<usize>length) << 2);
  for (; x + 32 <= end; x += 32) {
    // The offset as a constant of the instruction costs nothing; x + 8 would be an addition.
    let p = widened(v128.load64_zero(x));
    let q = widened(v128.load64_zero(x, 8));
    let r = widened(v128.load64_zero(x, 16));
    let s = widened(v128.load64_zero(x, 24));
    if (hasShift) {
      p = f64x2.sub(p, k);
      q = f64x2.sub(q, k);
      r = f64x2.sub(r, k);
      s = f64x2.sub(s, k);
    }
    if (hasSum) {
      a = f64x2.add(a, f64x2.add(p, q));
      b = f64x2.add(b, f64x2.add(r, s));
    }
    aa = f64x2.add(aa, f64x2.add(f64x2.mul(p, p), f64x2.mul(q, q)));
    bb = f64x2.add(bb, f64x2.add(f64x2.mul(r, r), f64x2.mul(s, s)));
  }
  for (; x + 8 <= end; x += 8) {
    let p = pair(x);
    if (hasShift) p = f64x2.sub(p, k);
    if (hasSum) a = f64x2.add(a, p);
    aa = f64x2.add(aa, f64x2.mul(p, p));
  }
  if (hasSum) sum += total(f64x2.add(a, b));
  squares += total(f64x2.add(aa, bb));
  if (x === end) return;
  const last = hasShift ? one(x) - shift : one(x);
  if (hasSum) sum += last;
  squares += last * last;
}

/** y = (x − mean) · scale + shift. */
export function writeRun(x: usize, y: usize, length: i32, mean: f64, scale: f64, shift: f64): void {
  const m = f64x2.splat(mean);
  const s = f64x2.splat(scale);
  const t = f64x2.splat(shift);
  const end = x + ((<usize>length) << 2);
  for (; x + 16 <= end; x += 16, y += 16) {
    storePair(y, f64x2.add(f64x2.mul(f64x2.sub(pair(x), m), s), t));
    storePair(y + 8, f64x2.add(f64x2.mul(f64x2.sub(pair(x + 8), m), s), t));
  }
  for (; x + 4 <= end; x += 4, y += 4) storeOne(y, (one(x) - mean) * scale + shift);
}

/**
 * y = (x − mean) · inverse · gamma + beta for the line at byte `at` of x, which has one gamma and beta for each element.
 * The index of the first is `affine`.
 */
export function writeRunOf(at: usize, affine: i32, mean: f64, inverse: f64): void {
  if (call.gamma !== 0) {
    if (call.beta !== 0) writeEach(at, affine, mean, inverse, true, true);
    else writeEach(at, affine, mean, inverse, true, false);
  } else {
    if (call.beta !== 0) writeEach(at, affine, mean, inverse, false, true);
    else writeRun(call.x + at, call.y + at, length, mean, inverse, 0);
  }
}

/** @inline */
function writeEach(at: usize, affine: i32, mean: f64, inverse: f64, hasGamma: bool, hasBeta: bool): void {
  const x = call.x + at;
  const y = call.y + at;
  const gamma = call.gamma + ((<usize>affine) << 2);
  const beta = call.beta + ((<usize>affine) << 2);
  const m = f64x2.splat(mean);
  const s = f64x2.splat(inverse);
  const bytes = (<usize>length) << 2;
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) {
    let p = f64x2.mul(f64x2.sub(pair(x + i), m), s);
    let q = f64x2.mul(f64x2.sub(pair(x + i + 8), m), s);
    if (hasGamma) {
      p = f64x2.mul(p, pair(gamma + i));
      q = f64x2.mul(q, pair(gamma + i + 8));
    }
    if (hasBeta) {
      p = f64x2.add(p, pair(beta + i));
      q = f64x2.add(q, pair(beta + i + 8));
    }
    storePair(y + i, p);
    storePair(y + i + 8, q);
  }
  for (; i < bytes; i += 4) {
    let p = (one(x + i) - mean) * inverse;
    if (hasGamma) p *= one(gamma + i);
    if (hasBeta) p += one(beta + i);
    storeOne(y + i, p);
  }
}
