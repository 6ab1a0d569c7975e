import { GAMMA_PER_SEGMENT, NOT_SHORT } from '../src/protocol';

// The plan of the current call. src/plan.ts sets it before each kernel. A setter takes a view in core's order, one
// number, or parameters of different types: TypeScript sees an exchange of two in src/plan.ts. `setLanes` comes after
// `setStats`.

export let outer: i32 = 0;
export let reduceOuter: i32 = 0;
export let inner: i32 = 0;
export let reduceInner: i32 = 0;
/** Elements of a segment. */
export let count: f64 = 0;
/** 1 / count: a multiplication takes less time than a division. */
export let inverseOfCount: f64 = 0;
/** Sets of statistics. */
export let segments: i32 = 0;
/** Lanes of a block, or 0 where it is walked by runs. Several rows may stand side by side as one. */
export let lanes: i32 = 0;
/** Rows of a block, each of `lanes` elements. */
export let rows: i32 = 0;

export function setStats(viewOuter: i32, viewReduceOuter: i32, viewInner: i32, viewReduceInner: i32): void {
  outer = viewOuter;
  reduceOuter = viewReduceOuter;
  inner = viewInner;
  reduceInner = viewReduceInner;
  count = <f64>viewReduceOuter * <f64>viewReduceInner;
  inverseOfCount = 1 / count;
  segments = viewOuter * viewInner;
}

export function setLanes(lanesOfBlock: i32): void {
  lanes = lanesOfBlock;
  rows = lanes > 0 ? (reduceOuter * inner * reduceInner) / lanes : 0;
}

/** Elements of gamma, or of beta. */
export let parameters: i32 = 0;
/** Elements of a line: along it the index of gamma stays (`affineStep` 0), or grows by one an element (1). */
export let length: i32 = 0;
export let affineStep: i32 = 0;
/** Whether each lane has one gamma, the same in all blocks. */
export let gammaPerLane: bool = false;

let affineBlock: i32 = 0;
let affineInner: i32 = 0;
let affineReduceInner: i32 = 0;

export function setAffine(viewOuter: i32, viewReduceOuter: i32, viewInner: i32, viewReduceInner: i32): void {
  affineBlock = viewReduceOuter * viewInner * viewReduceInner;
  affineInner = viewInner;
  affineReduceInner = viewReduceInner;
  affineStep = viewReduceInner === 1 ? 1 : 0;
  parameters = viewOuter * viewInner;
}

export function setLines(lineLength: i32, hasGammaPerLane: bool): void {
  length = lineLength;
  gammaPerLane = hasGammaPerLane;
}

/** Whether segments have few elements and go two at a time: short.ts. */
export let areShort: bool = false;
/** Whether each short segment has one gamma. Otherwise each element of a short segment has one. */
export let gammaPerSegment: bool = false;

/** `kind` is one of the three in protocol.ts. */
export function setShort(kind: i32): void {
  areShort = kind !== NOT_SHORT;
  gammaPerSegment = kind === GAMMA_PER_SEGMENT;
}

export let useMean: bool = false;
export let epsilon: f64 = 0;

export function setVariance(subtractsMean: bool, addedToVariance: f64): void {
  useMean = subtractsMean;
  epsilon = addedToVariance;
}

/** The index of gamma and beta for the first element of a line. @inline */
export function affineAt(index: i32): i32 {
  // Divisions take longer than a short line.
  if (affineStep === 1 && length === parameters) return 0;
  return (index / affineBlock) * affineInner + ((index / affineReduceInner) % affineInner);
}

/** The index of gamma and beta for a lane, where each lane has one gamma. @inline */
export function parameterOf(lane: i32): i32 {
  // A division takes longer than a comparison.
  return lane < parameters ? lane : lane % parameters;
}

/** The first element of a segment that consists of runs; `segment` counts within the block. */
export function startOf(block: i32, segment: i32): i32 {
  return (block * reduceOuter * inner + segment) * reduceInner;
}

/**
 * Bytes that are visited row by row before they are visited again. Runs that lie apart are read at half the speed of
 * neighbours. That costs more than a third-level cache does for the second visit, but less than memory does.
 */
const NEAR: i32 = 1 << 22;

/** How many segments of a block are walked side by side. */
export function segmentsTogether(): i32 {
  return max(1, min(inner, NEAR / (reduceOuter * reduceInner * 4)));
}
