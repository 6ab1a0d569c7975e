// The plan of the current call: set once before each kernel, so that the kernels take addresses alone.

export let outer: i32 = 0;
export let reduceOuter: i32 = 0;
export let inner: i32 = 0;
export let reduceInner: i32 = 0;
/** Elements of a segment. */
export let count: f64 = 0;
/** Sets of statistics. */
export let segments: i32 = 0;
/** Whether neighbours are walked as lanes, each with sums of its own, or as runs of one segment. */
export let hasLanes: bool = false;
/** Lanes of a block. */
export let lanes: i32 = 0;
/** Elements of a line, along which the index of gamma stays (`affineStep` 0) or moves on by one (1). */
export let length: i32 = 0;
export let affineStep: i32 = 0;
/** Whether each lane has one gamma for the whole block. */
export let gammaPerLane: bool = false;
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
  walksLanes: bool,
  subtractsMean: bool,
  addedToVariance: f64,
): void {
  outer = statsOuter;
  reduceOuter = statsReduceOuter;
  inner = statsInner;
  reduceInner = statsReduceInner;
  count = <f64>statsReduceOuter * <f64>statsReduceInner;
  segments = statsOuter * statsInner;
  hasLanes = walksLanes;
  lanes = statsInner * statsReduceInner;
  length = lineLength;
  affineBlock = ownReduceOuter * ownInner * ownReduceInner;
  affineInner = ownInner;
  affineReduceInner = ownReduceInner;
  affineStep = ownReduceInner == 1 ? 1 : 0;
  gammaPerLane = walksLanes && ownOuter == 1 && ownReduceInner == 1 && ownInner == lanes;
  parameters = ownOuter * ownInner;
  useMean = subtractsMean;
  epsilon = addedToVariance;
}

/** The index of gamma and beta for an element. */
export function affineAt(index: i32): i32 {
  return (index / affineBlock) * affineInner + ((index / affineReduceInner) % affineInner);
}

/** 1 / √(variance + epsilon); 0 where that root is 0, so that a constant segment without epsilon gives beta and not NaN. */
export function inverseOf(deviation: f64): f64 {
  return deviation == 0 ? 0 : 1 / deviation;
}
