import type { Plan } from './plan.ts';
import { segmentCount } from './view.ts';

/**
 * How a kernel may go through memory, for backends that do so element by element. The buffer falls into blocks, one
 * for each `outer` of the statistics, of `rows` × `segmentsPerBlock` × `run` elements. They are walked in one of two ways:
 *
 * - by runs: each segment is a number of runs, and its sums stay in registers;
 * - by lanes, where the runs are short or single elements: each of the `segmentsPerBlock` · `run` positions of a row
 *   is a lane with sums of its own, which are added up by segment at the end.
 *
 * Either way a line of `length` elements has one gamma for all of them (`affineStep` 0), or one for each (1).
 */
export interface Walk {
  readonly blocks: number;
  readonly rows: number;
  readonly segmentsPerBlock: number;
  /** Consecutive elements of one segment. */
  readonly run: number;
  /** Lanes of a block, or 0 where it is walked by runs. */
  readonly lanes: number;
  readonly length: number;
  readonly affineStep: 0 | 1;
  /** Whether each lane has one gamma, the same in all blocks. */
  readonly gammaPerLane: boolean;
  /** Sets of statistics. */
  readonly segments: number;
  /** Elements of gamma, or of beta. */
  readonly parameters: number;
}

/** Runs shorter than this are walked by lanes: eight elements hardly pay for a loop of their own. */
const SHORT_RUN = 16;

/** The walk of a plan. */
export function walkOf({ stats, affine }: Plan): Walk {
  const [blocks, rows, segmentsPerBlock, run] = stats;
  const [affineOuter, , affineInner, affineReduceInner] = affine;
  const affineStep = affineReduceInner === 1 ? 1 : 0;
  const affineRun = affineStep === 0 ? affineReduceInner : affineInner === 1 ? affineOuter : affineInner;
  const lanes = segmentsPerBlock > 1 && run < SHORT_RUN ? segmentsPerBlock * run : 0;
  return {
    blocks,
    rows,
    segmentsPerBlock,
    run,
    lanes,
    length: greatestCommonDivisor(lanes || run, affineRun),
    affineStep,
    gammaPerLane: affineStep === 1 && affineOuter === 1 && affineInner === lanes,
    segments: segmentCount(stats),
    parameters: segmentCount(affine),
  };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
