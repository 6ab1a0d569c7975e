import { parameters } from './plan';

// Float32 arithmetic, four lanes at a time, which takes half the time of float64, for what follows the statistics of
// ordinary segments. x − mean is good to two units, however near to the mean x lies: the mean goes in two parts, high
// its float32 and low what that leaves out. x − high is exact where it is not as large as x, and 0, of the other sign than low, or at least twice low; so that
// what low is rounded by counts no more than any other rounding. Six of those make y, of the contract's eight.

/** Products of two numbers between this and its inverse stay clear of the ends of float32. */
const SMALLEST: f64 = 1e-15;
const LARGEST: f64 = 1 / SMALLEST;

let gammaIsOrdinary: bool = true;

/** Looks at gamma, once for each call. */
export function readGamma(gamma: usize): void {
  gammaIsOrdinary = true;
  if (gamma === 0) return;
  for (let index = 0; index < parameters; index++) {
    const value = Math.abs(<f64>load<f32>(gamma + ((<usize>index) << 2)));
    if (value !== 0 && !isOrdinary(value)) gammaIsOrdinary = false;
  }
}

/** @inline */
function isOrdinary(value: f64): bool {
  return value >= SMALLEST && value <= LARGEST;
}

/**
 * Whether a segment's elements may be computed in float32; from a mean of this size no finite x is infinitely far. One
 * with a NaN may, which then does not decide how others of its block are computed.
 */
export function isNarrow(mean: f64, inverse: f64): bool {
  return isNaN(inverse) || (gammaIsOrdinary && isOrdinary(inverse) && !(Math.abs(mean) > LARGEST * LARGEST));
}

/** Whether float32 has all its digits for a number. A sum of products that overflow or underflow there is no such number. */
export function hasDigits(value: f64): bool {
  const size = Math.abs(value);
  return size === 0 || (size >= SMALLEST * SMALLEST && size <= LARGEST * LARGEST);
}

/**
 * Whether dx = dy · gamma · inverse − offset − (x − mean) · slope may be computed in float32, where Σ g / count and
 * Σ g · n / count are these: what is subtracted is then too small to bring a first term that overflows back to finite.
 */
export function isNarrowGradient(meanG: f64, meanGn: f64, inverse: f64): bool {
  const through = meanGn * inverse;
  return isExact(meanG * inverse) && isExact(through) && isExact(through * inverse);
}

/** As `hasDigits`; a number that is not finite has none to lose. @inline */
function isExact(value: f64): bool {
  return !isFinite(value) || hasDigits(value);
}

/**
 * What added to (x − high) · scale makes (x − mean) · scale + shift, one rounding more than above, and two operations
 * less for each element where many go with one shift. x − high is 0, of the other sign than low, or at least twice low,
 * so that no more than half of it is taken back.
 *
 * @inline
 */
export function shiftOf(mean: f64, scale: f64, shift: f64): f64 {
  return shift - (mean - <f64>(<f32>mean)) * scale;
}

/** @inline */
export function lowOf(mean: f64): f32 {
  return <f32>(mean - <f64>(<f32>mean));
}

/** x − mean. @inline */
export function centred(x: v128, high: v128, low: v128): v128 {
  return f32x4.sub(f32x4.sub(x, high), low);
}

/** @inline */
export function centredOne(x: usize, high: f32, low: f32): f32 {
  return load<f32>(x) - high - low;
}

/** @inline */
export function lowerHalf(value: v128): v128 {
  return f64x2.promote_low_f32x4(value);
}

/** @inline */
export function upperHalf(value: v128): v128 {
  return f64x2.promote_low_f32x4(i32x4.shuffle(value, value, 2, 3, 0, 1));
}
