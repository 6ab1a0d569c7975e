import { areShort, gammaPerSegment, inner, lanes, parameters, segments } from './plan';

// Scratch memory of a call: how much of it there is, and what lies where. src/ asks for the sizes, in float64.

/** Arrays of one float64 for each lane. Forward: means, inverses, scales, shifts. */
const FORWARD_ARRAYS: i32 = 4;
/** Backward: means, inverses, g, gn, and two that hold four arrays of float32, or one of float64. */
const BACKWARD_ARRAYS: i32 = 6;
/** Arrays of one float64 for each segment that is walked at once. Forward: means, inverses. Backward: g, gn. */
const SEGMENT_ARRAYS: i32 = 2;
/** Float64 for each parameter: dgamma, dbeta, and two float32 that narrow-backward-runs.ts sums first. */
const PARAMETER_ARRAYS: i32 = 3;
/** Float64 for each parameter of short segments: two of dgamma, two of dbeta (short-backward.ts). */
const SHORT_ARRAYS: i32 = 4;

/** Scratch of `forward` and `apply`. */
export function forwardScratch(): i32 {
  if (areShort) return 0;
  return lanes > 0 ? FORWARD_ARRAYS * lanes : SEGMENT_ARRAYS * inner;
}

/** Scratch of `backward`. */
export function backwardScratch(): i32 {
  if (areShort) return areAlone() ? 0 : SHORT_ARRAYS * parameters;
  return PARAMETER_ARRAYS * parameters + (lanes > 0 ? BACKWARD_ARRAYS * lanes : SEGMENT_ARRAYS * inner);
}

/** Whether no two short segments share a parameter, so that dgamma and dbeta need no sums. @inline */
export function areAlone(): bool {
  return gammaPerSegment && parameters === segments;
}

/** By lane, in float64. */
export let means: usize = 0;
export let inverses: usize = 0;
/** Forward: Σ (x − shift) and Σ (x − shift)², until the means and inverses are known. */
export let sums: usize = 0;
export let squares: usize = 0;
/** Backward: Σ g and Σ g · n, then these over the count. */
export let g: usize = 0;
export let gn: usize = 0;
export let gammas: usize = 0;
/** By lane, in float64 or float32. */
export let scales: usize = 0;
export let shifts: usize = 0;
/** By lane, in float32. */
export let highs: usize = 0;
export let slopes: usize = 0;

/** Lays out a block of lanes. `inverses` take the place of `squares`, and `scales` take the place of `sums`. */
export function openForwardLanes(scratch: usize): void {
  const bytes = (<usize>lanes) << 3;
  means = scratch;
  inverses = means + bytes;
  squares = inverses;
  scales = inverses + bytes;
  sums = scales;
  shifts = scales + bytes;
  highs = shifts + (bytes >> 1);
}

/** Lays out a block of lanes. The float32 arrays take the place of `gammas`: one or the other is used. */
export function openBackwardLanes(scratch: usize): void {
  const bytes = (<usize>lanes) << 3;
  means = scratch;
  inverses = means + bytes;
  g = inverses + bytes;
  gn = g + bytes;
  gammas = gn + bytes;
  highs = gammas;
  scales = highs + (bytes >> 1);
  shifts = scales + (bytes >> 1);
  slopes = shifts + (bytes >> 1);
}

export function clear(values: usize, length: i32): void {
  memory.fill(values, 0, (<usize>length) << 3);
}
