import { gamma } from './call';
import { parameters } from './plan';

// Float32 arithmetic, four lanes at a time: half the time of float64. It serves what follows the statistics, for
// segments of ordinary size. "Narrow" is float32 arithmetic; "wide" is float64.
//
// x − mean keeps two roundings, however near to the mean x lies. The mean goes in two parts: `high` is the float32
// nearest to it, `low` is the float32 nearest to the rest, and x − mean is (x − high) − low. The first difference is
// exact unless it is as large as x. It is 0, or of the other sign than `low`, or at least twice `low`. So the rounding of
// `low` counts no more than any other rounding. y takes six roundings; the contract allows eight.

/** The product of two numbers between SMALLEST and LARGEST neither overflows nor underflows float32. */
const SMALLEST: f64 = 1e-15;
const LARGEST: f64 = 1 / SMALLEST;

let gammaIsOrdinary: bool = true;

/** Looks at gamma, once for each call. */
export function readGamma(): void {
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
 * Whether the elements of a segment may be computed in float32. The mean may be no larger than 1e30: x − mean is then
 * finite for every finite x. A segment whose statistics are NaN may: its elements are NaN in any arithmetic, and so it
 * does not decide how the other segments of its block are computed.
 */
export function isNarrow(mean: f64, inverse: f64): bool {
  return isNaN(inverse) || (gammaIsOrdinary && isOrdinary(inverse) && !(Math.abs(mean) > LARGEST * LARGEST));
}

/**
 * Whether float32 holds a number with all its digits. A sum that fails has lost terms, or grown too large: its products
 * underflow or overflow in float32.
 */
export function hasDigits(value: f64): bool {
  const size = Math.abs(value);
  return size === 0 || (size >= SMALLEST * SMALLEST && size <= LARGEST * LARGEST);
}

/**
 * Whether dx = dy · gamma · inverse − offset − (x − mean) · slope may be computed in float32, given meanG = Σ g / count
 * and meanGn = Σ g · n / count. `offset` and `slope` must then hold all their digits. Where the first term overflows to
 * infinity, float64 would give infinity as well: what is subtracted is too small to bring it back.
 */
export function isNarrowGradient(meanG: f64, meanGn: f64, inverse: f64): bool {
  const through = meanGn * inverse;
  return isExact(meanG * inverse) && isExact(through) && isExact(through * inverse);
}

/** `hasDigits`, or not finite: infinity and NaN have no digits to lose. @inline */
function isExact(value: f64): bool {
  return !isFinite(value) || hasDigits(value);
}

/**
 * The number t for which (x − high) · scale + t is (x − mean) · scale + shift. It takes `low` out of the loop: two
 * operations less for each element, where many elements share one shift. It costs one rounding more than (x − high) −
 * low, which may take back at most half of x − high (see the head).
 *
 * @inline
 */
export function shiftOf(mean: f64, scale: f64, shift: f64): f64 {
  return shift - (mean - <f64>(<f32>mean)) * scale;
}

/** What float32 leaves out of the mean. @inline */
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

/** n of four elements, without the low part of the mean. @inline */
export function normalizedFour(x: v128, high: v128, inverse: v128): v128 {
  return f32x4.mul(f32x4.sub(x, high), inverse);
}

/** dx of four elements: dy · scale − shift − (x − high) · slope. @inline */
export function gradientOfFour(dy: v128, x: v128, high: v128, scale: v128, shift: v128, slope: v128): v128 {
  return f32x4.sub(f32x4.sub(f32x4.mul(dy, scale), shift), f32x4.mul(f32x4.sub(x, high), slope));
}

/** @inline */
export function lowerHalf(value: v128): v128 {
  return f64x2.promote_low_f32x4(value);
}

/** @inline */
export function upperHalf(value: v128): v128 {
  return f64x2.promote_low_f32x4(i32x4.shuffle(value, value, 2, 3, 0, 1));
}
