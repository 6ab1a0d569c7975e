import { centred, centredOne, lowOf } from './narrow';

// Runs of consecutive elements that share a segment, in float32.

/** y = (x − mean) · scale + shift. */
export function writeRun(x: usize, y: usize, length: i32, mean: f64, scale: f32, shift: f32): void {
  const h = <f32>mean;
  const l = lowOf(mean);
  const high = f32x4.splat(h);
  const low = f32x4.splat(l);
  const s = f32x4.splat(scale);
  const t = f32x4.splat(shift);
  const end = x + (<usize>length << 2);
  for (; x + 32 <= end; x += 32, y += 32) {
    v128.store(y, f32x4.add(f32x4.mul(centred(x, high, low), s), t));
    v128.store(y + 16, f32x4.add(f32x4.mul(centred(x + 16, high, low), s), t));
  }
  for (; x + 4 <= end; x += 4, y += 4) store<f32>(y, centredOne(x, h, l) * scale + shift);
}

/** y = (x − mean) · inverse · gamma + beta, with one gamma and beta per element; either address may be 0. */
export function writeRunOf(x: usize, y: usize, length: i32, mean: f64, inverse: f32, gamma: usize, beta: usize): void {
  if (gamma != 0) {
    if (beta != 0) writeEach(x, y, length, mean, inverse, true, gamma, true, beta);
    else writeEach(x, y, length, mean, inverse, true, gamma, false, 0);
  } else {
    if (beta != 0) writeEach(x, y, length, mean, inverse, false, 0, true, beta);
    else writeRun(x, y, length, mean, inverse, 0);
  }
}

@inline
function writeEach(x: usize, y: usize, length: i32, mean: f64, inverse: f32, hasGamma: bool, gamma: usize, hasBeta: bool, beta: usize): void {
  const h = <f32>mean;
  const l = lowOf(mean);
  const high = f32x4.splat(h);
  const low = f32x4.splat(l);
  const s = f32x4.splat(inverse);
  const bytes = <usize>length << 2;
  let i: usize = 0;
  for (; i + 32 <= bytes; i += 32) {
    writeFour(x + i, y + i, high, low, s, hasGamma, gamma + i, hasBeta, beta + i);
    writeFour(x + i + 16, y + i + 16, high, low, s, hasGamma, gamma + i + 16, hasBeta, beta + i + 16);
  }
  for (; i < bytes; i += 4) {
    let value = centredOne(x + i, h, l) * (hasGamma ? inverse * load<f32>(gamma + i) : inverse);
    if (hasBeta) value += load<f32>(beta + i);
    store<f32>(y + i, value);
  }
}

@inline
function writeFour(x: usize, y: usize, high: v128, low: v128, inverse: v128, hasGamma: bool, gamma: usize, hasBeta: bool, beta: usize): void {
  let value = f32x4.mul(centred(x, high, low), hasGamma ? f32x4.mul(inverse, v128.load(gamma)) : inverse);
  if (hasBeta) value = f32x4.add(value, v128.load(beta));
  v128.store(y, value);
}
