import * as call from './call';
import { gradient, gradientOfOne, normalized } from './gradient';
import { addTo, betaSums as betaSumsOfAll, gammaOf, gammaSums as gammaSumsOfAll } from './parameters';
import { affineStep, length } from './plan';
import { one, pair, storeOne, storePair, total } from './simd';

// The gradient along lines, in float64. `at` is the byte of x, dy and dx where a line begins.

/** What the last line, or run, summed: Σ g and Σ g · n. */
export let sumG: f64 = 0;
export let sumGn: f64 = 0;

/** Takes sums over that were made elsewhere. @inline */
export function take(g: f64, gn: f64): void {
  sumG = g;
  sumGn = gn;
}

/** Σ g and Σ g · n of a line that has every parameter once: used where products with gamma left float32's range. */
export function sumAgain(at: usize, mean: f64, inverse: f64): void {
  const dy = call.dy + at;
  const x = call.x + at;
  sumG = 0;
  sumGn = 0;
  for (let index = 0; index < length; index++) {
    const i = (<usize>index) << 2;
    const g = one(dy + i) * gammaOf(index);
    sumG += g;
    sumGn += g * ((one(x + i) - mean) * inverse);
  }
}

/** Σ dy and Σ dy · n of a line, into `sumG` and `sumGn`. */
export function sumAlike(at: usize, mean: f64, inverse: f64): void {
  const dy = call.dy + at;
  const x = call.x + at;
  const m = f64x2.splat(mean);
  const s = f64x2.splat(inverse);
  let ga = f64x2.splat(0);
  let gb = ga;
  let na = ga;
  let nb = ga;
  const bytes = (<usize>length) << 2;
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) {
    const da = pair(dy + i);
    const db = pair(dy + i + 8);
    ga = f64x2.add(ga, da);
    gb = f64x2.add(gb, db);
    na = f64x2.add(na, f64x2.mul(da, normalized(pair(x + i), m, s)));
    nb = f64x2.add(nb, f64x2.mul(db, normalized(pair(x + i + 8), m, s)));
  }
  sumG = total(f64x2.add(ga, gb));
  sumGn = total(f64x2.add(na, nb));
  for (; i < bytes; i += 4) {
    sumG += one(dy + i);
    sumGn += one(dy + i) * ((one(x + i) - mean) * inverse);
  }
}

/**
 * Σ g and Σ g · n of a line that has one gamma for each element, and what each element adds to dgamma and dbeta. `affine`
 * is the index of the first gamma.
 *
 * @inline
 */
export function sumEach(at: usize, affine: i32, mean: f64, inverse: f64, hasGamma: bool): void {
  const dy = call.dy + at;
  const x = call.x + at;
  const gamma = call.gamma + ((<usize>affine) << 2);
  const gammaSums = gammaSumsOfAll + ((<usize>affine) << 3);
  const betaSums = betaSumsOfAll + ((<usize>affine) << 3);
  const m = f64x2.splat(mean);
  const s = f64x2.splat(inverse);
  let g = f64x2.splat(0);
  let gn = g;
  const bytes = (<usize>length) << 2;
  let i: usize = 0;
  for (; i + 8 <= bytes; i += 8) {
    let d = pair(dy + i);
    let e = f64x2.mul(d, normalized(pair(x + i), m, s));
    const sum = i << 1;
    v128.store(gammaSums + sum, f64x2.add(v128.load(gammaSums + sum), e));
    v128.store(betaSums + sum, f64x2.add(v128.load(betaSums + sum), d));
    if (hasGamma) {
      const scale = pair(gamma + i);
      d = f64x2.mul(d, scale);
      e = f64x2.mul(e, scale);
    }
    g = f64x2.add(g, d);
    gn = f64x2.add(gn, e);
  }
  sumG = total(g);
  sumGn = total(gn);
  for (; i < bytes; i += 4) {
    const d = one(dy + i);
    const e = d * ((one(x + i) - mean) * inverse);
    const index = <i32>(i >> 2);
    addTo(gammaSums, index, e);
    addTo(betaSums, index, d);
    const scale: f64 = hasGamma ? one(gamma + i) : 1;
    sumG += d * scale;
    sumGn += e * scale;
  }
}

/** What dx subtracts: Σ g / count and Σ g · n / count. */
let meanG: f64 = 0;
let meanGn: f64 = 0;

/** Begins the lines of a segment. */
export function openWrite(meanOfG: f64, meanOfGn: f64): void {
  meanG = meanOfG;
  meanGn = meanOfGn;
}

/** dx of a line, whose first gamma has the index `affine`. */
export function writeLine(at: usize, affine: i32, mean: f64, inverse: f64): void {
  if (affineStep === 1 && call.gamma !== 0) write(at, affine, mean, inverse, true);
  else write(at, affine, mean, inverse, false);
}

/** @inline */
function write(at: usize, affine: i32, mean: f64, inverse: f64, hasGammas: bool): void {
  const dy = call.dy + at;
  const x = call.x + at;
  const dx = call.dx + at;
  const gamma = call.gamma + ((<usize>affine) << 2);
  const scale: f64 = hasGammas ? 1 : gammaOf(affine);
  const m = f64x2.splat(mean);
  const s = f64x2.splat(inverse);
  const c = f64x2.splat(scale);
  const a = f64x2.splat(meanG);
  const b = f64x2.splat(meanGn);
  const bytes = (<usize>length) << 2;
  let i: usize = 0;
  for (; i + 16 <= bytes; i += 16) {
    const ga = f64x2.mul(pair(dy + i), hasGammas ? pair(gamma + i) : c);
    const gb = f64x2.mul(pair(dy + i + 8), hasGammas ? pair(gamma + i + 8) : c);
    storePair(dx + i, gradient(ga, normalized(pair(x + i), m, s), s, a, b));
    storePair(dx + i + 8, gradient(gb, normalized(pair(x + i + 8), m, s), s, a, b));
  }
  for (; i < bytes; i += 4) {
    const g = one(dy + i) * (hasGammas ? one(gamma + i) : scale);
    storeOne(dx + i, gradientOfOne(g, (one(x + i) - mean) * inverse, inverse, meanG, meanGn));
  }
}
