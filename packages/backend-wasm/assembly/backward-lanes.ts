import { gradient, gradientOfOne, normalized } from './gradient';
import { addTo, gammaOf } from './parameters';
import { lanes, parameterOf, rows } from './plan';
import * as arrays from './scratch';
import { one, pair, storeOne, storePair } from './simd';

// The gradient of a block of lanes that have one gamma each, in float64.

/** By lane, Σ dy into `g` and Σ dy · n into `gn`. */
export function sumLanes(dy: usize, x: usize): void {
  const stride = (<usize>lanes) << 2;
  const g = arrays.g;
  const gn = arrays.gn;
  const means = arrays.means;
  const inverses = arrays.inverses;
  let row = 0;
  for (; row + 2 <= rows; row += 2, x += stride * 2, dy += stride * 2) {
    let lane = 0;
    for (; lane + 2 <= lanes; lane += 2) {
      const at = (<usize>lane) << 3;
      const place = (<usize>lane) << 2;
      const mean = v128.load(means + at);
      const inverse = v128.load(inverses + at);
      const d = pair(dy + place);
      const e = pair(dy + place + stride);
      const n = normalized(pair(x + place), mean, inverse);
      const o = normalized(pair(x + place + stride), mean, inverse);
      v128.store(g + at, f64x2.add(v128.load(g + at), f64x2.add(d, e)));
      v128.store(gn + at, f64x2.add(v128.load(gn + at), f64x2.add(f64x2.mul(d, n), f64x2.mul(e, o))));
    }
    if (lane < lanes) {
      sumOne(dy, x, lane);
      sumOne(dy + stride, x + stride, lane);
    }
  }
  for (; row < rows; row++, x += stride, dy += stride) {
    for (let lane = 0; lane < lanes; lane++) sumOne(dy, x, lane);
  }
}

/** The sums of one lane, from 0 on. */
export function sumLane(dy: usize, x: usize, lane: i32): void {
  store<f64>(arrays.g + ((<usize>lane) << 3), 0);
  store<f64>(arrays.gn + ((<usize>lane) << 3), 0);
  const stride = (<usize>lanes) << 2;
  for (let row = 0; row < rows; row++, x += stride, dy += stride) sumOne(dy, x, lane);
}

/** @inline */
function sumOne(dy: usize, x: usize, lane: i32): void {
  const at = (<usize>lane) << 3;
  const place = (<usize>lane) << 2;
  const d = one(dy + place);
  addTo(arrays.g, lane, d);
  addTo(arrays.gn, lane, d * ((one(x + place) - load<f64>(arrays.means + at)) * load<f64>(arrays.inverses + at)));
}

/** dx by lane. */
export function writeLanes(dy: usize, x: usize, dx: usize): void {
  const g = arrays.g;
  const gn = arrays.gn;
  const means = arrays.means;
  const inverses = arrays.inverses;
  const gammas = arrays.gammas;
  for (let lane = 0; lane < lanes; lane++) store<f64>(gammas + ((<usize>lane) << 3), gammaOf(parameterOf(lane)));
  const stride = (<usize>lanes) << 2;
  let row = 0;
  for (; row + 2 <= rows; row += 2, x += stride * 2, dy += stride * 2, dx += stride * 2) {
    let lane = 0;
    for (; lane + 2 <= lanes; lane += 2) {
      const at = (<usize>lane) << 3;
      const mean = v128.load(means + at);
      const inverse = v128.load(inverses + at);
      const scale = v128.load(gammas + at);
      const meanG = v128.load(g + at);
      const meanGn = v128.load(gn + at);
      const place = (<usize>lane) << 2;
      const next = place + stride;
      const first = f64x2.mul(pair(dy + place), scale);
      const second = f64x2.mul(pair(dy + next), scale);
      storePair(dx + place, gradient(first, normalized(pair(x + place), mean, inverse), inverse, meanG, meanGn));
      storePair(dx + next, gradient(second, normalized(pair(x + next), mean, inverse), inverse, meanG, meanGn));
    }
    if (lane < lanes) {
      writeOne(dy, x, dx, lane);
      writeOne(dy + stride, x + stride, dx + stride, lane);
    }
  }
  for (; row < rows; row++, x += stride, dy += stride, dx += stride) {
    for (let lane = 0; lane < lanes; lane++) writeOne(dy, x, dx, lane);
  }
}

/** @inline */
function writeOne(dy: usize, x: usize, dx: usize, lane: i32): void {
  const at = (<usize>lane) << 3;
  const place = (<usize>lane) << 2;
  const inverse = load<f64>(arrays.inverses + at);
  const n = (one(x + place) - load<f64>(arrays.means + at)) * inverse;
  const scaled = one(dy + place) * load<f64>(arrays.gammas + at);
  storeOne(dx + place, gradientOfOne(scaled, n, inverse, load<f64>(arrays.g + at), load<f64>(arrays.gn + at)));
}
