import * as call from './call';
import { normalized } from './gradient';
import { addTo, betaSums, gammaOf, gammaSums } from './parameters';
import { affineAt, affineStep, lanes, length, rows } from './plan';
import * as arrays from './scratch';
import { one, pair, storeOne, storePair, total } from './simd';

// The gradient of a block of lanes whose gamma changes from line to line (layer norm over another axis than the last).

/** The sums of a block that begins at element `start`: by lane Σ g and Σ g · n, by parameter Σ dy · n and Σ dy. */
export function sumLines(start: i32): void {
  const dy = call.dy;
  const x = call.x;
  const means = arrays.means;
  const inverses = arrays.inverses;
  const g = arrays.g;
  const gn = arrays.gn;
  const end = start + rows * lanes;
  for (let index = start; index < end; index += length) {
    const lane = (index - start) % lanes;
    const affine = affineAt(index);
    let a = f64x2.splat(0);
    let b = f64x2.splat(0);
    let i = 0;
    if (affineStep === 0) {
      const scale = f64x2.splat(gammaOf(affine));
      for (; i + 2 <= length; i += 2) {
        const place = (<usize>(index + i)) << 2;
        const slot = (<usize>(lane + i)) << 3;
        const d = pair(dy + place);
        const e = f64x2.mul(d, normalized(pair(x + place), v128.load(means + slot), v128.load(inverses + slot)));
        a = f64x2.add(a, d);
        b = f64x2.add(b, e);
        v128.store(g + slot, f64x2.add(v128.load(g + slot), f64x2.mul(d, scale)));
        v128.store(gn + slot, f64x2.add(v128.load(gn + slot), f64x2.mul(e, scale)));
      }
      addTo(betaSums, affine, total(a));
      addTo(gammaSums, affine, total(b));
    }
    for (; i < length; i++) {
      const place = (<usize>(index + i)) << 2;
      const slot = (<usize>(lane + i)) << 3;
      const parameter = affine + i * affineStep;
      const d = one(dy + place);
      const e = d * ((one(x + place) - load<f64>(means + slot)) * load<f64>(inverses + slot));
      addTo(betaSums, parameter, d);
      addTo(gammaSums, parameter, e);
      addTo(g, lane + i, d * gammaOf(parameter));
      addTo(gn, lane + i, e * gammaOf(parameter));
    }
  }
}

/** dx of a block that begins at element `start`. */
export function writeLines(start: i32): void {
  const dy = call.dy;
  const x = call.x;
  const dx = call.dx;
  const means = arrays.means;
  const inverses = arrays.inverses;
  const g = arrays.g;
  const gn = arrays.gn;
  const end = start + rows * lanes;
  for (let index = start; index < end; index += length) {
    const lane = (index - start) % lanes;
    const affine = affineAt(index);
    const scale = f64x2.splat(gammaOf(affine));
    let i = 0;
    for (; affineStep === 0 && i + 2 <= length; i += 2) {
      const place = (<usize>(index + i)) << 2;
      const slot = (<usize>(lane + i)) << 3;
      const inverse = v128.load(inverses + slot);
      const n = normalized(pair(x + place), v128.load(means + slot), inverse);
      const through = f64x2.add(v128.load(g + slot), f64x2.mul(n, v128.load(gn + slot)));
      storePair(dx + place, f64x2.mul(f64x2.sub(f64x2.mul(pair(dy + place), scale), through), inverse));
    }
    for (; i < length; i++) {
      const place = (<usize>(index + i)) << 2;
      const slot = (<usize>(lane + i)) << 3;
      const inverse = load<f64>(inverses + slot);
      const n = (one(x + place) - load<f64>(means + slot)) * inverse;
      const through = load<f64>(g + slot) + n * load<f64>(gn + slot);
      storeOne(dx + place, (one(dy + place) * gammaOf(affine + i * affineStep) - through) * inverse);
    }
  }
}
