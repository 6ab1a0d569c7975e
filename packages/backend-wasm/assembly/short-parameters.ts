import { valueAt } from './parameters';
import { both, parameter, partnerParameter } from './short';

// gamma or beta of two segments, in float64. `values` is an address, or 0 where gamma or beta is not given.

/** Each segment has one: the values of the segment at hand and of its partner. @inline */
export function ofSegments(values: usize, neutral: f64): v128 {
  if (values === 0) return f64x2.splat(neutral);
  const first = values + ((<usize>parameter) << 2);
  return both(first, values + ((<usize>partnerParameter) << 2), partnerParameter === parameter + 1);
}

/** Each element of a segment has one, the same in all segments. @inline */
export function ofElement(values: usize, element: i32, neutral: f64): v128 {
  return f64x2.splat(valueAt(values, element, neutral));
}
