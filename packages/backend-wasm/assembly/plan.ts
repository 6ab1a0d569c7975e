// The plan of the current call: set once before each kernel, so that the kernels take addresses alone.

export let outer: i32 = 0;
export let reduceOuter: i32 = 0;
export let inner: i32 = 0;
export let reduceInner: i32 = 0;
/** Elements of a segment. */
export let count: f64 = 0;
/** 1 / count. */
export let share: f64 = 0;
/** Sets of statistics. */
export let segments: i32 = 0;
/** Lanes of a block, or 0 where it is walked by rows. Several rows may stand side by side as one. */
export let lanes: i32 = 0;
/** Rows of that many lanes in a block. */
export let rows: i32 = 0;
/** Elements of a line, along which the index of gamma stays (`affineStep` 0) or moves on by one (1). */
export let length: i32 = 0;
export let affineStep: i32 = 0;
/** Whether each lane has one gamma, the same in all blocks. */
export let gammaPerLane: bool = false;
/** Whether segments have few elements, and go two at a time: short.ts. */
export let areShort: bool = false;
/** Whether each of those has one gamma; otherwise each of its elements has. */
export let gammaPerSegment: bool = false;
export let parameters: i32 = 0;
export let useMean: bool = false;
export let epsilon: f64 = 0;

let affineBlock: i32 = 0;
let affineInner: i32 = 0;
let affineReduceInner: i32 = 0;

export function setPlan(
  statsOuter: i32,
  statsReduceOuter: i32,
  statsInner: i32,
  statsReduceInner: i32,
  ownOuter: i32,
  ownReduceOuter: i32,
  ownInner: i32,
  ownReduceInner: i32,
  lineLength: i32,
  lanesOfBlock: i32,
  oneGammaPerLane: bool,
  haveFewElements: bool,
  oneGammaPerSegment: bool,
  subtractsMean: bool,
  addedToVariance: f64,
): void {
  outer = statsOuter;
  reduceOuter = statsReduceOuter;
  inner = statsInner;
  reduceInner = statsReduceInner;
  count = <f64>statsReduceOuter * <f64>statsReduceInner;
  share = 1 / count;
  segments = statsOuter * statsInner;
  lanes = lanesOfBlock;
  rows = lanes > 0 ? (statsReduceOuter * statsInner * statsReduceInner) / lanes : 0;
  length = lineLength;
  affineBlock = ownReduceOuter * ownInner * ownReduceInner;
  affineInner = ownInner;
  affineReduceInner = ownReduceInner;
  affineStep = ownReduceInner === 1 ? 1 : 0;
  gammaPerLane = oneGammaPerLane;
  areShort = haveFewElements;
  gammaPerSegment = oneGammaPerSegment;
  parameters = ownOuter * ownInner;
  useMean = subtractsMean;
  epsilon = addedToVariance;
}

/** The index of gamma and beta for the first element of a line. @inline */
export function affineAt(index: i32): i32 {
  // Divisions take longer than a short line.
  if (affineStep === 1 && length === parameters) return 0;
  return (index / affineBlock) * affineInner + ((index / affineReduceInner) % affineInner);
}

/** The first element of a block's segment, where segments consist of runs. */
export function startOf(block: i32, segment: i32): i32 {
  return (block * reduceOuter * inner + segment) * reduceInner;
}

/**
 * Bytes that are gone through row by row before they are visited again. Runs that lie apart are read at half the speed
 * of neighbours, which costs more than a third-level cache does for the second visit, but less than memory does.
 */
const NEAR: i32 = 1 << 22;

/** How many segments are gone through side by side. */
export function segmentsTogether(): i32 {
  return max(1, min(inner, NEAR / (reduceOuter * reduceInner * 4)));
}

/** 1 / deviation; 0 where the deviation is 0, so that a constant segment without epsilon gives beta and not NaN. */
export function inverseOf(deviation: f64): f64 {
  return deviation === 0 ? 0 : 1 / deviation;
}

/** The index of gamma and beta for a lane, where each has one. @inline */
export function parameterOf(lane: i32): i32 {
  // A division takes longer than a comparison.
  return lane < parameters ? lane : lane % parameters;
}
