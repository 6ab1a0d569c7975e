import { gamma } from './call';
import { parameters } from './plan';
import { clear } from './scratch';
import { one, storeOne } from './simd';

// gamma, and the float64 sums that become dgamma and dbeta.

export let gammaSums: usize = 0;
export let betaSums: usize = 0;

/** gamma of a parameter, or 1 where gamma is not given. @inline */
export function gammaOf(index: i32): f64 {
  return valueAt(gamma, index, 1);
}

/** gamma or beta of a parameter, or the neutral value where `values` is 0. @inline */
export function valueAt(values: usize, index: i32, neutral: f64): f64 {
  return values === 0 ? neutral : one(values + ((<usize>index) << 2));
}

/** @inline */
export function addTo(sums: usize, index: i32, value: f64): void {
  const at = sums + ((<usize>index) << 3);
  store<f64>(at, load<f64>(at) + value);
}

/** Lays the sums out, and returns where the scratch goes on. */
export function openSums(scratch: usize): usize {
  gammaSums = scratch;
  betaSums = gammaSums + ((<usize>parameters) << 3);
  clear(gammaSums, parameters << 1);
  return betaSums + ((<usize>parameters) << 3);
}

/** Rounds the sums to float32. */
export function storeSums(dgamma: usize, dbeta: usize): void {
  for (let index = 0; index < parameters; index++) {
    storeOne(dgamma + ((<usize>index) << 2), load<f64>(gammaSums + ((<usize>index) << 3)));
    storeOne(dbeta + ((<usize>index) << 2), load<f64>(betaSums + ((<usize>index) << 3)));
  }
}
