import { one, pair, storeOne, storePair, total } from './simd';

// Runs of consecutive elements that share a segment.

/** Σ x. Four sums at a time: one alone would wait for its own last addition. */
export function sumRun(x: usize, length: i32): f64 {
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  const end = x + (<usize>length << 2);
  for (; x + 32 <= end; x += 32) {
    a = f64x2.add(a, pair(x));
    b = f64x2.add(b, pair(x + 8));
    c = f64x2.add(c, pair(x + 16));
    d = f64x2.add(d, pair(x + 24));
  }
  for (; x + 8 <= end; x += 8) a = f64x2.add(a, pair(x));
  const sum = total(f64x2.add(f64x2.add(a, b), f64x2.add(c, d)));
  return x < end ? sum + one(x) : sum;
}

/** Σ (x − mean)². */
export function squareRun(x: usize, length: i32, mean: f64): f64 {
  const m = f64x2.splat(mean);
  let a = f64x2.splat(0);
  let b = a;
  let c = a;
  let d = a;
  const end = x + (<usize>length << 2);
  for (; x + 32 <= end; x += 32) {
    const p = f64x2.sub(pair(x), m);
    const q = f64x2.sub(pair(x + 8), m);
    const r = f64x2.sub(pair(x + 16), m);
    const s = f64x2.sub(pair(x + 24), m);
    a = f64x2.add(a, f64x2.mul(p, p));
    b = f64x2.add(b, f64x2.mul(q, q));
    c = f64x2.add(c, f64x2.mul(r, r));
    d = f64x2.add(d, f64x2.mul(s, s));
  }
  for (; x + 8 <= end; x += 8) {
    const p = f64x2.sub(pair(x), m);
    a = f64x2.add(a, f64x2.mul(p, p));
  }
  const sum = total(f64x2.add(f64x2.add(a, b), f64x2.add(c, d)));
  if (x == end) return sum;
  const last = one(x) - mean;
  return sum + last * last;
}

/** y = (x − mean) · scale + shift. */
export function writeRun(x: usize, y: usize, length: i32, mean: f64, scale: f64, shift: f64): void {
  const m = f64x2.splat(mean);
  const s = f64x2.splat(scale);
  const t = f64x2.splat(shift);
  const end = x + (<usize>length << 2);
  for (; x + 16 <= end; x += 16, y += 16) {
    storePair(y, f64x2.add(f64x2.mul(f64x2.sub(pair(x), m), s), t));
    storePair(y + 8, f64x2.add(f64x2.mul(f64x2.sub(pair(x + 8), m), s), t));
  }
  for (; x + 4 <= end; x += 4, y += 4) storeOne(y, (one(x) - mean) * scale + shift);
}

/** y = (x − mean) · inverse · gamma + beta, with one gamma and beta per element; either address may be 0. */
export function writeRunOf(x: usize, y: usize, length: i32, mean: f64, inverse: f64, gamma: usize, beta: usize): void {
  if (gamma != 0) {
    if (beta != 0) writeEach(x, y, length, mean, inverse, true, gamma, true, beta);
    else writeEach(x, y, length, mean, inverse, true, gamma, false, 0);
  } else {
    if (beta != 0) writeEach(x, y, length, mean, inverse, false, 0, true, beta);
    else writeRun(x, y, length, mean, inverse, 0);
  }
}

@inline
function writeEach(x: usize, y: usize, length: i32, mean: f64, inverse: f64, hasGamma: bool, gamma: usize, hasBeta: bool, beta: usize): void {
  const m = f64x2.splat(mean);
  const s = f64x2.splat(inverse);
  const bytes = <usize>length << 2;
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
