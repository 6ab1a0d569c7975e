import { centred, centredOne, hasDigits, lowerHalf, lowOf, shiftOf, upperHalf } from './narrow';
import { addTo } from './parameters';
import { length, parameters } from './plan';

// The gradient along runs, in float32. A float32 sum takes up no more than a few dozen terms before it goes into a
// float64 one: it is then within a few units of the sum of their magnitudes.

/** Bytes of a run that are summed in float32: 32 terms in each of four lanes. */
const STRETCH: usize = 512;
/** Lines whose shares of dgamma and dbeta are summed in float32. */
const LINES: i32 = 16;

/** What the last line summed: Σ g and Σ g · n. */
export let sumG: f64 = 0;
export let sumGn: f64 = 0;

/** Σ dy and Σ dy · n of a line; whether float32 had all their digits. The low part of the mean comes in when all is added up. */
export function sumRun(dy: usize, x: usize, mean: f64, inverse: f64): bool {
  const h = <f32>mean;
  const high = f32x4.splat(h);
  const s = f32x4.splat(<f32>inverse);
  const bytes = (<usize>length) << 2;
  let g = f64x2.splat(0);
  let gn = g;
  let i: usize = 0;
  while (i + 32 <= bytes) {
    const end = min(i + STRETCH, bytes);
    let a = f32x4.splat(0);
    let b = a;
    let an = a;
    let bn = a;
    for (; i + 32 <= end; i += 32) {
      const slopes = dy + i;
      const from = x + i;
      const d = v128.load(slopes);
      const e = v128.load(slopes, 16);
      a = f32x4.add(a, d);
      b = f32x4.add(b, e);
      an = f32x4.add(an, f32x4.mul(d, f32x4.mul(f32x4.sub(v128.load(from), high), s)));
      bn = f32x4.add(bn, f32x4.mul(e, f32x4.mul(f32x4.sub(v128.load(from, 16), high), s)));
    }
    const both = f32x4.add(a, b);
    const bothN = f32x4.add(an, bn);
    g = f64x2.add(g, f64x2.add(lowerHalf(both), upperHalf(both)));
    gn = f64x2.add(gn, f64x2.add(lowerHalf(bothN), upperHalf(bothN)));
  }
  for (; i + 16 <= bytes; i += 16) {
    const d = v128.load(dy + i);
    const dn = f32x4.mul(d, f32x4.mul(f32x4.sub(v128.load(x + i), high), s));
    g = f64x2.add(g, f64x2.add(lowerHalf(d), upperHalf(d)));
    gn = f64x2.add(gn, f64x2.add(lowerHalf(dn), upperHalf(dn)));
  }
  sumG = f64x2.extract_lane(g, 0) + f64x2.extract_lane(g, 1);
  sumGn = f64x2.extract_lane(gn, 0) + f64x2.extract_lane(gn, 1);
  for (; i < bytes; i += 4) {
    sumG += <f64>load<f32>(dy + i);
    sumGn += <f64>(load<f32>(dy + i) * ((load<f32>(x + i) - h) * <f32>inverse));
  }
  if (!hasDigits(sumG) || !hasDigits(sumGn)) return false;
  sumGn = shiftOf(mean, sumG * inverse, sumGn);
  return true;
}

let shares: usize = 0;
let held: i32 = 0;

/** Where the shares of all parameters go until they are added up: one float32 each for dgamma and dbeta. */
export function openShares(scratch: usize): void {
  shares = scratch;
  held = 0;
  memory.fill(shares, 0, (<usize>parameters) << 3);
}

/** Adds them up. */
export function closeShares(gammaSums: usize, betaSums: usize): void {
  const half = (<usize>parameters) << 2;
  for (let index = 0; held > 0 && index < parameters; index++) {
    const at = shares + ((<usize>index) << 2);
    addTo(gammaSums, index, <f64>load<f32>(at));
    addTo(betaSums, index, <f64>load<f32>(at + half));
  }
  openShares(shares);
}

/** Σ g and Σ g · n of a line that has every parameter once, and each element's share of dgamma and dbeta. */
export function sumEach(
  dy: usize,
  x: usize,
  mean: f64,
  inverse: f32,
  gamma: usize,
  gammaSums: usize,
  betaSums: usize,
): void {
  if (held === LINES) closeShares(gammaSums, betaSums);
  held++;
  if (gamma === 0) sumAll(dy, x, mean, inverse, false, 0);
  else sumAll(dy, x, mean, inverse, true, gamma);
}

/** @inline */
function sumAll(dy: usize, x: usize, mean: f64, inverse: f32, hasGamma: bool, gamma: usize): void {
  const high = f32x4.splat(<f32>mean);
  const low = f32x4.splat(lowOf(mean));
  const s = f32x4.splat(inverse);
  const bytes = (<usize>length) << 2;
  const gammaShares = shares;
  const betaShares = shares + bytes;
  let g = f64x2.splat(0);
  let gn = g;
  let i: usize = 0;
  while (i + 32 <= bytes) {
    const end = min(i + STRETCH, bytes);
    let a = f32x4.splat(0);
    let an = a;
    for (; i + 32 <= end; i += 32) {
      const slopes = dy + i;
      const from = x + i;
      const ours = gammaShares + i;
      const theirs = betaShares + i;
      let d = v128.load(slopes);
      let e = v128.load(slopes, 16);
      let dn = f32x4.mul(d, f32x4.mul(centred(v128.load(from), high, low), s));
      let en = f32x4.mul(e, f32x4.mul(centred(v128.load(from, 16), high, low), s));
      v128.store(ours, f32x4.add(v128.load(ours), dn));
      v128.store(ours, f32x4.add(v128.load(ours, 16), en), 16);
      v128.store(theirs, f32x4.add(v128.load(theirs), d));
      v128.store(theirs, f32x4.add(v128.load(theirs, 16), e), 16);
      if (hasGamma) {
        const scales = gamma + i;
        const scale = v128.load(scales);
        const next = v128.load(scales, 16);
        d = f32x4.mul(d, scale);
        dn = f32x4.mul(dn, scale);
        e = f32x4.mul(e, next);
        en = f32x4.mul(en, next);
      }
      a = f32x4.add(a, f32x4.add(d, e));
      an = f32x4.add(an, f32x4.add(dn, en));
    }
    g = f64x2.add(g, f64x2.add(lowerHalf(a), upperHalf(a)));
    gn = f64x2.add(gn, f64x2.add(lowerHalf(an), upperHalf(an)));
  }
  for (; i + 16 <= bytes; i += 16) {
    let d = v128.load(dy + i);
    let dn = f32x4.mul(d, f32x4.mul(centred(v128.load(x + i), high, low), s));
    v128.store(gammaShares + i, f32x4.add(v128.load(gammaShares + i), dn));
    v128.store(betaShares + i, f32x4.add(v128.load(betaShares + i), d));
    if (hasGamma) {
      const scale = v128.load(gamma + i);
      d = f32x4.mul(d, scale);
      dn = f32x4.mul(dn, scale);
    }
    g = f64x2.add(g, f64x2.add(lowerHalf(d), upperHalf(d)));
    gn = f64x2.add(gn, f64x2.add(lowerHalf(dn), upperHalf(dn)));
  }
  sumG = f64x2.extract_lane(g, 0) + f64x2.extract_lane(g, 1);
  sumGn = f64x2.extract_lane(gn, 0) + f64x2.extract_lane(gn, 1);
  for (; i < bytes; i += 4) {
    const d = load<f32>(dy + i);
    const e = d * (centredOne(x + i, <f32>mean, lowOf(mean)) * inverse);
    store<f32>(gammaShares + i, load<f32>(gammaShares + i) + e);
    store<f32>(betaShares + i, load<f32>(betaShares + i) + d);
    const scale: f32 = hasGamma ? load<f32>(gamma + i) : 1;
    sumG += <f64>(d * scale);
    sumGn += <f64>(e * scale);
  }
}

/**
 * dx = dy · scale · gamma − offset − (x − mean) · slope; gamma is an address, or 0 where it is part of `scale`. The last
 * elements as in narrow-rows.ts.
 */
export function writeRun(
  dy: usize,
  x: usize,
  dx: usize,
  mean: f64,
  scale: f64,
  gamma: usize,
  offset: f64,
  slope: f64,
): void {
  const high = <f32>mean;
  const rest = <f32>shiftOf(mean, slope, offset);
  if (gamma === 0) writeAll(dy, x, dx, high, <f32>scale, false, 0, rest, <f32>slope);
  else writeAll(dy, x, dx, high, <f32>scale, true, gamma, rest, <f32>slope);
}

/** @inline */
function writeAll(
  dy: usize,
  x: usize,
  dx: usize,
  high: f32,
  scale: f32,
  hasGamma: bool,
  gamma: usize,
  offset: f32,
  slope: f32,
): void {
  const h = f32x4.splat(high);
  const s = f32x4.splat(scale);
  const a = f32x4.splat(offset);
  const b = f32x4.splat(slope);
  const bytes = (<usize>length) << 2;
  let i: usize = 0;
  if (length < 4) {
    for (; i < bytes; i += 4) {
      const g = load<f32>(dy + i) * (hasGamma ? scale * load<f32>(gamma + i) : scale);
      store<f32>(dx + i, g - offset - (load<f32>(x + i) - high) * slope);
    }
  }
  for (; i + 32 <= bytes; i += 32) {
    const slopes = dy + i;
    const from = x + i;
    const to = dx + i;
    const scales = gamma + i;
    const p = f32x4.sub(f32x4.mul(v128.load(slopes), hasGamma ? f32x4.mul(s, v128.load(scales)) : s), a);
    const q = f32x4.sub(f32x4.mul(v128.load(slopes, 16), hasGamma ? f32x4.mul(s, v128.load(scales, 16)) : s), a);
    v128.store(to, f32x4.sub(p, f32x4.mul(f32x4.sub(v128.load(from), h), b)));
    v128.store(to, f32x4.sub(q, f32x4.mul(f32x4.sub(v128.load(from, 16), h), b)), 16);
  }
  for (; i < bytes; i += 16) {
    if (i + 16 > bytes) i = bytes - 16;
    const p = f32x4.sub(f32x4.mul(v128.load(dy + i), hasGamma ? f32x4.mul(s, v128.load(gamma + i)) : s), a);
    v128.store(dx + i, f32x4.sub(p, f32x4.mul(f32x4.sub(v128.load(x + i), h), b)));
  }
}
