import * as call from './call';
import { centred, centredOne, lowOf, shiftOf } from './narrow';
import { length } from './plan';

// Runs of consecutive elements that share a segment, in float32. The last vector of a run ends with the run, so that it
// overlaps the vector before it; the elements in both are written twice (x and y never overlap). Writing the rest of a
// short run one by one would take as long as the run.

/** y = (x − mean) · scale + shift. */
export function writeRun(x: usize, y: usize, length: i32, mean: f64, scale: f64, shift: f64): void {
  const h = <f32>mean;
  const s = <f32>scale;
  const t = <f32>shiftOf(mean, scale, shift);
  const high = f32x4.splat(h);
  const scales = f32x4.splat(s);
  const shifts = f32x4.splat(t);
  const bytes = (<usize>length) << 2;
  let i: usize = 0;
  if (length < 4) for (; i < bytes; i += 4) store<f32>(y + i, (load<f32>(x + i) - h) * s + t);
  for (; i + 32 <= bytes; i += 32) {
    const from = x + i;
    const to = y + i;
    v128.store(to, f32x4.add(f32x4.mul(f32x4.sub(v128.load(from), high), scales), shifts));
    v128.store(to, f32x4.add(f32x4.mul(f32x4.sub(v128.load(from, 16), high), scales), shifts), 16);
  }
  for (; i < bytes; i += 16) {
    if (i + 16 > bytes) i = bytes - 16;
    v128.store(y + i, f32x4.add(f32x4.mul(f32x4.sub(v128.load(x + i), high), scales), shifts));
  }
}

/**
 * y = (x − mean) · inverse · gamma + beta for the line at byte `at` of x, which has one gamma and beta for each element.
 * The index of the first is `affine`.
 */
export function writeRunOf(at: usize, affine: i32, mean: f64, inverse: f64): void {
  if (call.gamma !== 0) {
    if (call.beta !== 0) writeEach(at, affine, mean, <f32>inverse, true, true);
    else writeEach(at, affine, mean, <f32>inverse, true, false);
  } else {
    if (call.beta !== 0) writeEach(at, affine, mean, <f32>inverse, false, true);
    else writeRun(call.x + at, call.y + at, length, mean, inverse, 0);
  }
}

/** @inline */
function writeEach(at: usize, affine: i32, mean: f64, inverse: f32, hasGamma: bool, hasBeta: bool): void {
  const x = call.x + at;
  const y = call.y + at;
  const gamma = call.gamma + ((<usize>affine) << 2);
  const beta = call.beta + ((<usize>affine) << 2);
  const h = <f32>mean;
  const l = lowOf(mean);
  const high = f32x4.splat(h);
  const low = f32x4.splat(l);
  const s = f32x4.splat(inverse);
  const bytes = (<usize>length) << 2;
  let i: usize = 0;
  if (length < 4) {
    for (; i < bytes; i += 4) {
      let value = centredOne(x + i, h, l) * (hasGamma ? inverse * load<f32>(gamma + i) : inverse);
      if (hasBeta) value += load<f32>(beta + i);
      store<f32>(y + i, value);
    }
  }
  for (; i + 32 <= bytes; i += 32) {
    const from = x + i;
    const to = y + i;
    const g = gamma + i;
    const b = beta + i;
    let p = f32x4.mul(centred(v128.load(from), high, low), hasGamma ? f32x4.mul(s, v128.load(g)) : s);
    let q = f32x4.mul(centred(v128.load(from, 16), high, low), hasGamma ? f32x4.mul(s, v128.load(g, 16)) : s);
    if (hasBeta) {
      p = f32x4.add(p, v128.load(b));
      q = f32x4.add(q, v128.load(b, 16));
    }
    v128.store(to, p);
    v128.store(to, q, 16);
  }
  for (; i < bytes; i += 16) {
    if (i + 16 > bytes) i = bytes - 16;
    let p = f32x4.mul(centred(v128.load(x + i), high, low), hasGamma ? f32x4.mul(s, v128.load(gamma + i)) : s);
    if (hasBeta) p = f32x4.add(p, v128.load(beta + i));
    v128.store(y + i, p);
  }
}
