import { both, parameter, partnerParameter } from './short';
import { one } from './simd';

// gamma and beta of two segments, widened; addresses, or 0 where there is none.

/** Where each segment has one: those of the segment at hand and its partner. @inline */
export function ofSegments(values: usize, neutral: f64): v128 {
  if (values === 0) return f64x2.splat(neutral);
  const first = values + ((<usize>parameter) << 2);
  return both(first, values + ((<usize>partnerParameter) << 2), partnerParameter === parameter + 1);
}

/** Where each element of a segment has one. @inline */
export function ofElement(values: usize, element: i32, neutral: f64): v128 {
  return f64x2.splat(values === 0 ? neutral : one(values + ((<usize>element) << 2)));
}
