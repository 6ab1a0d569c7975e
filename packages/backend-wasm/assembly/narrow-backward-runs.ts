import * as call from './call';
import {
  centred,
  centredOne,
  gradientOfFour,
  hasDigits,
  lowerHalf,
  lowOf,
  normalizedFour,
  shiftOf,
  upperHalf,
} from './narrow';
import { addTo, betaSums, gammaOf, gammaSums } from './parameters';
import { affineStep, length, parameters } from './plan';

// The gradient along lines, in float32. A float32 sum takes up no more than a few dozen terms before it goes into a
// float64 sum: its error is then a few units of the sum of the terms' magnitudes. `at` is the byte of x, dy and dx where
// a line begins.

/** Bytes of a run that are summed in float32: 32 terms in each of four lanes. */
const STRETCH: usize = 512;
/** Lines whose shares of dgamma and dbeta are summed in float32 before they go into the float64 sums. */
const LINES: i32 = 16;

/** What the last line summed: Σ g and Σ g · n. */
export let sumG: f64 = 0;
export let sumGn: f64 = 0;

/**
 * Σ dy and Σ dy · n of a line; whether float32 had all digits of both. The loop subtracts the high part of the mean, and
 * `shiftOf` the low part from the sum.
 */
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
      const given = dy + i;
      const from = x + i;
      const d = v128.load(given);
      const e = v128.load(given, 16);
      a = f32x4.add(a, d);
      b = f32x4.add(b, e);
      an = f32x4.add(an, f32x4.mul(d, normalizedFour(v128.load(from), high, s)));
      bn = f32x4.add(bn, f32x4.mul(e, normalizedFour(v128.load(from, 16), high, s)));
    }
    const both = f32x4.add(a, b);
    const bothN = f32x4.add(an, bn);
    g = f64x2.add(g, f64x2.add(lowerHalf(both), upperHalf(both)));
    gn = f64x2.add(gn, f64x2.add(lowerHalf(bothN), upperHalf(bothN)));
  }
  for (; i + 16 <= bytes; i += 16) {
    const d = v128.load(dy + i);
    const dn = f32x4.mul(d, normalizedFour(v128.load(x + i), high, s));
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

/** Lays the shares of all parameters out, in float32: the shares of dgamma, then the shares of dbeta. */
export function openShares(scratch: usize): void {
  shares = scratch;
  held = 0;
  memory.fill(shares, 0, (<usize>parameters) << 3);
}

/** Adds the shares to the sums of dgamma and dbeta, and begins new ones. */
export function closeShares(): void {
  const half = (<usize>parameters) << 2;
  for (let index = 0; held > 0 && index < parameters; index++) {
    const at = shares + ((<usize>index) << 2);
    addTo(gammaSums, index, <f64>load<f32>(at));
    addTo(betaSums, index, <f64>load<f32>(at + half));
  }
  openShares(shares);
}

/** Σ g and Σ g · n of a line that has every parameter once, and what each element adds to dgamma and dbeta. */
export function sumEach(at: usize, mean: f64, inverse: f32): void {
  if (held === LINES) closeShares();
  held++;
  if (call.gamma === 0) sumAll(at, mean, inverse, false);
  else sumAll(at, mean, inverse, true);
}

/** @inline */
function sumAll(at: usize, mean: f64, inverse: f32, hasGamma: bool): void {
  const dy = call.dy + at;
  const x = call.x + at;
  const gamma = call.gamma;
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
      const ours = gammaShares + i;
      const theirs = betaShares + i;
      let d = v128.load(dy + i);
      let e = v128.load(dy + i, 16);
      let dn = f32x4.mul(d, f32x4.mul(centred(v128.load(x + i), high, low), s));
      let en = f32x4.mul(e, f32x4.mul(centred(v128.load(x + i, 16), high, low), s));
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
  sumRest(at, i, mean, inverse, hasGamma);
}

/** `sumAll` for the last elements of the line, from byte `i` of the line on. @inline */
function sumRest(at: usize, i: usize, mean: f64, inverse: f32, hasGamma: bool): void {
  const dy = call.dy + at;
  const x = call.x + at;
  const gamma = call.gamma;
  const bytes = (<usize>length) << 2;
  const gammaShares = shares;
  const betaShares = shares + bytes;
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

/** What dx subtracts, and the float32 nearest to the mean: dx = dy · scale · gamma − offset − (x − high) · slope. */
let offset: f32 = 0;
let slope: f32 = 0;
let high: f32 = 0;

/** Begins the lines of a segment: dx = dy · scale · gamma − offsetOfMean − (x − mean) · slopeOfMean. */
export function openWrite(mean: f64, offsetOfMean: f64, slopeOfMean: f64): void {
  high = <f32>mean;
  offset = <f32>shiftOf(mean, slopeOfMean, offsetOfMean);
  slope = <f32>slopeOfMean;
}

/** dx of a line, whose first gamma has the index `affine`. The last vector ends with the line, as in narrow-runs.ts. */
export function writeLine(at: usize, affine: i32, inverse: f64): void {
  if (affineStep === 1 && call.gamma !== 0) write(at, affine, <f32>inverse, true);
  else write(at, affine, <f32>(inverse * gammaOf(affine)), false);
}

/** With `hasGammas` each element has a gamma; otherwise gamma is part of `scale`. @inline */
function write(at: usize, affine: i32, scale: f32, hasGammas: bool): void {
  const dy = call.dy + at;
  const x = call.x + at;
  const dx = call.dx + at;
  const gamma = call.gamma + ((<usize>affine) << 2);
  const h = f32x4.splat(high);
  const s = f32x4.splat(scale);
  const a = f32x4.splat(offset);
  const b = f32x4.splat(slope);
  const bytes = (<usize>length) << 2;
  let i: usize = 0;
  if (length < 4) {
    for (; i < bytes; i += 4) {
      const g = load<f32>(dy + i) * (hasGammas ? scale * load<f32>(gamma + i) : scale);
      store<f32>(dx + i, g - offset - (load<f32>(x + i) - high) * slope);
    }
  }
  for (; i + 32 <= bytes; i += 32) {
    const given = dy + i;
    const from = x + i;
    const to = dx + i;
    const scales = gamma + i;
    const p = hasGammas ? f32x4.mul(s, v128.load(scales)) : s;
    const q = hasGammas ? f32x4.mul(s, v128.load(scales, 16)) : s;
    v128.store(to, gradientOfFour(v128.load(given), v128.load(from), h, p, a, b));
    v128.store(to, gradientOfFour(v128.load(given, 16), v128.load(from, 16), h, q, a, b), 16);
  }
  for (; i < bytes; i += 16) {
    if (i + 16 > bytes) i = bytes - 16;
    const p = hasGammas ? f32x4.mul(s, v128.load(gamma + i)) : s;
    v128.store(dx + i, gradientOfFour(v128.load(dy + i), v128.load(x + i), h, p, a, b));
  }
}
