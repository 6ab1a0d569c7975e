import { type Plan, segmentSize, type Walk, walkOf } from '@normkit/core';
import type { Kernels } from './heap.ts';

/** Rows of the statistics: mean, variance, low part of the mean, deviation (assembly/stats.ts). */
export const ROWS = 4;

/** What the outputs and the scratch memory of a plan's kernels are made from. */
export interface Sizes {
  readonly segments: number;
  readonly parameters: number;
  /** In float64: of forward and apply, and of backward. */
  readonly scratch: number;
  readonly backwardScratch: number;
}

/** Hands the plan over to the module. */
export function setPlan(kernels: Kernels, plan: Plan): Sizes {
  const walk = withWideRows(walkOf(plan));
  const { length, lanes, gammaPerLane, segments, parameters, segmentsPerBlock } = walk;
  const gammaPer = gammaPerOfShort(plan);
  kernels.setPlan(
    ...plan.stats,
    ...plan.affine,
    length,
    lanes,
    Number(gammaPerLane),
    Number(gammaPer !== undefined),
    Number(gammaPer === 'segment'),
    Number(plan.useMean),
    plan.epsilon,
  );
  if (gammaPer) {
    const areAlone = gammaPer === 'segment' && parameters === segments;
    return { segments, parameters, scratch: 0, backwardScratch: areAlone ? 0 : 4 * parameters };
  }
  return {
    segments,
    parameters,
    scratch: 4 * lanes || 2 * segmentsPerBlock,
    backwardScratch: 3 * parameters + (6 * lanes || 2 * segmentsPerBlock),
  };
}

/** Elements of a short segment, at most: of sixteen, y takes half as long again as by lanes or rows. */
const SHORT = 8;

/**
 * What has a gamma of its own where segments are so short that assembly/short.ts takes them: each segment (batch and
 * instance norms) or each of its elements (layer and RMS norms). `undefined` where they are longer, where both their
 * rows and their runs have several elements, and where gamma belongs to neither (group norms).
 */
function gammaPerOfShort({ stats, affine }: Plan): 'segment' | 'element' | undefined {
  const [, rows, inner, run] = stats;
  if (segmentSize(stats) > SHORT || (rows > 1 && run > 1)) return undefined;
  const [outer, , kept, alike] = affine[1] === 1 && affine[2] === 1 ? [1, 1, affine[0], affine[3]] : affine;
  if (outer !== 1) return undefined;
  if (alike === run && (inner === 1 || kept === inner)) return 'segment';
  return kept === rows * run && (kept === 1 || alike === inner) ? 'element' : undefined;
}

/** Fewer lanes make short loops. */
const FEW = 16;
/** Of fewer lanes than these, the one to three that fill no vector take a good part of the time: [n,3] takes a quarter of it without them. */
const SOME = 64;
/** Rows that are worth their lanes' parameters. */
const MANY_ROWS = 8;

/** Takes several rows of few lanes for one: of ten lanes, two rows make five vectors of four. */
function withWideRows(walk: Walk): Walk {
  if (!walk.gammaPerLane) return walk;
  let { rows, lanes } = walk;
  while ((lanes < FEW || (lanes < SOME && lanes % 4 > 0)) && rows % 2 === 0 && rows / 2 >= MANY_ROWS) {
    rows /= 2;
    lanes *= 2;
  }
  return { ...walk, lanes };
}
