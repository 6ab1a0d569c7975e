import { frozenStats } from './call';
import { count, useMean } from './plan';

// With n = (x − mean) / σ and g = gamma · dy: dx = (g − mean(g) − n · mean(g · n)) / σ over each segment of the
// statistics, dgamma = Σ dy · n and dbeta = Σ dy over each segment of gamma. `inverse` is 1 / σ.

/** mean(g) from Σ g, as dx subtracts it: 0 where the statistics are constants, or the mean counts as 0. @inline */
export function meanOfG(sumG: f64): f64 {
  return frozenStats || !useMean ? 0 : sumG / count;
}

/** mean(g · n) from Σ g · n, as dx subtracts it: 0 where the statistics are constants. @inline */
export function meanOfGn(sumGn: f64): f64 {
  return frozenStats ? 0 : sumGn / count;
}

/** n of two elements. @inline */
export function normalized(x: v128, mean: v128, inverse: v128): v128 {
  return f64x2.mul(f64x2.sub(x, mean), inverse);
}

/** dx of two elements. @inline */
export function gradient(g: v128, n: v128, inverse: v128, meanG: v128, meanGn: v128): v128 {
  return f64x2.mul(f64x2.sub(f64x2.sub(g, meanG), f64x2.mul(n, meanGn)), inverse);
}

/** dx of one element. @inline */
export function gradientOfOne(g: f64, n: f64, inverse: f64, meanG: f64, meanGn: f64): f64 {
  return (g - meanG - n * meanGn) * inverse;
}
