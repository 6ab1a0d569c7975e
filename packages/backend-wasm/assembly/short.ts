import { gammaPerSegment, inner, parameters, reduceInner, reduceOuter, segments } from './plan';
import { pair, storePair, widened } from './simd';

// Segments of a few elements go two at a time, one in each half of a vector. What a segment costs beside its elements (a
// root, three divisions, its statistics) is done for both at once. All of it stays in registers: no array has a value for
// each of the many segments. Where the last segment has no partner, the first segment is computed once more with it.
//
// The inlined functions of short-….ts take addresses as parameters, in lists of up to eleven. With what call.ts and this
// file hold read inside them instead, in lists of up to six, backward took a third longer: too few registers are left.

/** Bytes from one element of a segment to the next. */
export let step: usize = 0;
/** `step` times the elements of a segment. */
export let extent: usize = 0;

/** Bytes before the first element of the segment at hand, and of its partner. */
export let place: usize = 0;
export let partnerPlace: usize = 0;
/** The index of gamma and beta of both, where each segment has one. In the next block the index begins at 0 again. */
export let parameter: i32 = 0;
export let partnerParameter: i32 = 0;

// The next segment: its block, its place within the block, its parameter. They are counted, for divisions take longer
// than two short segments.
let block: usize = 0;
let lane: i32 = 0;
let next: i32 = 0;
let parametersAround: i32 = 0;
let lanesAround: i32 = 0;

/** Begins a call. A short segment is one run, or rows of one element each. */
export function openShort(): void {
  step = reduceInner === 1 ? (<usize>inner) << 2 : 4;
  extent = step * <usize>(reduceOuter * reduceInner);
  block = 0;
  lane = 0;
  next = 0;
  parametersAround = gammaPerSegment ? parameters : segments;
  // Segments that are one run lie one after another, as if all were of one block.
  lanesAround = reduceOuter === 1 ? segments : inner;
}

/** Takes the next two segments. @inline */
export function takeBoth(segment: i32): void {
  place = block + ((<usize>(lane * reduceInner)) << 2);
  parameter = next;
  if (lane + 2 < lanesAround && next + 2 < parametersAround) {
    partnerPlace = place + ((<usize>reduceInner) << 2);
    partnerParameter = next + 1;
    lane += 2;
    next += 2;
  } else takePartner(segment);
}

/** Finds the partner where the block, the parameters or the segments end. */
function takePartner(segment: i32): void {
  countOn();
  partnerPlace = hasPartner(segment) ? block + ((<usize>(lane * reduceInner)) << 2) : 0;
  partnerParameter = hasPartner(segment) ? next : 0;
  countOn();
}

/** @inline */
function countOn(): void {
  if (++lane === lanesAround) {
    lane = 0;
    block += (<usize>(reduceOuter * inner * reduceInner)) << 2;
  }
  if (++next === parametersAround) next = 0;
}

/** Whether the segment has a partner, other than the first segment once more. @inline */
export function hasPartner(segment: i32): bool {
  return segment + 1 < segments;
}

/** Whether the elements of both lie side by side. @inline */
export function areSideBySide(): bool {
  return partnerPlace === place + 4;
}

/** The segment that goes with `segment`. @inline */
export function partnerOf(segment: i32): i32 {
  return hasPartner(segment) ? segment + 1 : 0;
}

/** The float32 at two addresses, widened. @inline */
export function both(first: usize, second: usize, areNeighbours: bool): v128 {
  if (areNeighbours) return pair(first);
  return widened(v128.load32_lane(second, v128.load32_zero(first), 1));
}

/** @inline */
export function storeBoth(first: usize, second: usize, areNeighbours: bool, values: v128): void {
  if (areNeighbours) storePair(first, values);
  else {
    const narrow = f32x4.demote_f64x2_zero(values);
    v128.store32_lane(first, narrow, 0);
    v128.store32_lane(second, narrow, 1);
  }
}
