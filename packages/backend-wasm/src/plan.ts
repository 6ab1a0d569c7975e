import { type Plan, segmentSize, type Walk, walkOf } from '@normkit/core';
import type { Kernels } from './heap.ts';
import { GAMMA_PER_ELEMENT, GAMMA_PER_SEGMENT, NOT_SHORT } from './protocol.ts';

/** Hands a plan over to the module, before it is asked for the size of its scratch memory and called. */
export function setPlan(kernels: Kernels, plan: Plan): { segments: number; parameters: number } {
  const { length, lanes, gammaPerLane, segments, parameters } = withWideRows(walkOf(plan));
  kernels.setStats(...plan.stats);
  kernels.setLanes(lanes);
  kernels.setAffine(...plan.affine);
  kernels.setLines(length, gammaPerLane);
  kernels.setShort(kindOfShort(plan));
  kernels.setVariance(plan.useMean, plan.epsilon);
  return { segments, parameters };
}

/** Elements of a short segment, at most: of sixteen, y takes half as long again as by lanes or by runs. */
const SHORT = 8;

/**
 * Whether assembly/short.ts takes the segments, and what has one gamma then: each segment (batch and instance norms), or
 * each element of a segment (layer and RMS norms). It does not take segments of more than `SHORT` elements, segments of
 * several rows with several elements in each, and segments where gamma belongs to neither (group norms).
 */
function kindOfShort({ stats, affine }: Plan): typeof NOT_SHORT | typeof GAMMA_PER_SEGMENT | typeof GAMMA_PER_ELEMENT {
  const [, rows, inner, run] = stats;
  if (segmentSize(stats) > SHORT || (rows > 1 && run > 1)) return NOT_SHORT;
  const [outer, , kept, alike] = affine[1] === 1 && affine[2] === 1 ? [1, 1, affine[0], affine[3]] : affine;
  if (outer !== 1) return NOT_SHORT;
  if (alike === run && (inner === 1 || kept === inner)) return GAMMA_PER_SEGMENT;
  return kept === rows * run && (kept === 1 || alike === inner) ? GAMMA_PER_ELEMENT : NOT_SHORT;
}

/** Fewer lanes make short loops. */
const FEW = 16;
/**
 * Lanes below which the last one to three, which fill no vector, take a good part of the time: a quarter of it for
 * [n,3].
 */
const SOME = 64;
/** Rows that are worth computing the parameters of their lanes. */
const MANY_ROWS = 8;

/** Puts several rows of few lanes side by side, as one row: two rows of ten lanes make five vectors of four. */
function withWideRows(walk: Walk): Walk {
  if (!walk.gammaPerLane) return walk;
  let { rows, lanes } = walk;
  while ((lanes < FEW || (lanes < SOME && lanes % 4 > 0)) && rows % 2 === 0 && rows / 2 >= MANY_ROWS) {
    rows /= 2;
    lanes *= 2;
  }
  return { ...walk, lanes };
}
