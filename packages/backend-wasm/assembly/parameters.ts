import { one } from './simd';

// gamma and the float64 sums by parameter or lane; gamma is an address, or 0 where there is none.

/** @inline */
export function gammaAt(gamma: usize, index: i32): f64 {
  return gamma === 0 ? 1 : one(gamma + ((<usize>index) << 2));
}

/** @inline */
export function addTo(sums: usize, index: i32, value: f64): void {
  const at = sums + ((<usize>index) << 3);
  store<f64>(at, load<f64>(at) + value);
}
