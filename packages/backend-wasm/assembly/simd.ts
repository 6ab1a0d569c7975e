// Float64 arithmetic, two elements at a time. Elements are widened when they are read, and rounded once, when written.

/** Two float32, widened. @inline */
export function pair(address: usize): v128 {
  return widened(v128.load64_zero(address));
}

/** The lower two of four float32, widened. @inline */
export function widened(value: v128): v128 {
  return f64x2.promote_low_f32x4(value);
}

/** Two float64, rounded to float32. @inline */
export function storePair(address: usize, value: v128): void {
  v128.store64_lane(address, f32x4.demote_f64x2_zero(value), 0);
}

/** One float32, widened. @inline */
export function one(address: usize): f64 {
  return <f64>load<f32>(address);
}

/** One float64, rounded to float32. @inline */
export function storeOne(address: usize, value: f64): void {
  store<f32>(address, <f32>value);
}

/** The sum of two float64. @inline */
export function total(value: v128): f64 {
  return f64x2.extract_lane(value, 0) + f64x2.extract_lane(value, 1);
}
