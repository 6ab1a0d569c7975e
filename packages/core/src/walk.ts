import type { Plan } from './plan.ts';
import { segmentCount } from './view.ts';

/**
 * How a kernel may go through memory, for backends that do so element by element: in blocks (one per `outer` of the statistics), and in each block by lines, runs
 * of consecutive elements along which both groupings are simple. A line is either
 *
 * - a row: all its elements share a segment, and its sums run in registers; or
 * - lanes: neighbours belong to different segments (or to short runs of one), and each position has sums of its own.
 *
 * Sums are kept in slots: one per segment of the block for rows, one per lane for lanes. Along a line the index of
 * gamma either stays or moves on by one at each element.
 */
export interface Walk {
  readonly blocks: number;
  readonly blockSize: number;
  /** Elements of a line; divides `blockSize`. */
  readonly length: number;
  readonly hasLanes: boolean;
  /** Slots of a block. The slot of a line that starts at `offset` of its block is `offset / slotRun mod slots`. */
  readonly slots: number;
  readonly slotRun: number;
  readonly slotsPerSegment: number;
  readonly segmentsPerBlock: number;
  readonly segments: number;
  /** 0: one gamma for the whole line. 1: one for each element. */
  readonly affineStep: 0 | 1;
  readonly parameters: number;
}

/** Runs of one segment shorter than this are walked as lanes: eight elements hardly pay for a loop of their own. */
const SHORT_RUN = 16;

/** The walk of a plan. */
export function walkOf({ stats, affine }: Plan): Walk {
  const [blocks, reduceOuter, inner, reduceInner] = stats;
  const [affineOuter, , affineInner, affineReduceInner] = affine;
  const affineStep = affineReduceInner === 1 ? 1 : 0;
  const affineRun = affineStep === 0 ? affineReduceInner : affineInner === 1 ? affineOuter : affineInner;
  const hasLanes = inner > 1 && reduceInner < SHORT_RUN;
  return {
    blocks,
    blockSize: reduceOuter * inner * reduceInner,
    length: greatestCommonDivisor(hasLanes ? inner * reduceInner : reduceInner, affineRun),
    hasLanes,
    slots: hasLanes ? inner * reduceInner : inner,
    slotRun: hasLanes ? 1 : reduceInner,
    slotsPerSegment: hasLanes ? reduceInner : 1,
    segmentsPerBlock: inner,
    segments: segmentCount(stats),
    affineStep,
    parameters: segmentCount(affine),
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
