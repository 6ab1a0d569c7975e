import { type Plan, type Walk, walkOf } from '@normkit/core';
import type { Kernels } from './heap.ts';

/** Rows of the statistics: mean, variance, low part of the mean, deviation (assembly/stats.ts). */
export const ROWS = 4;

/** Hands the plan over to the module, and returns its walk. */
export function setPlan(kernels: Kernels, plan: Plan): Walk {
  const walk = withWideRows(walkOf(plan));
  const { length, lanes, gammaPerLane } = walk;
  kernels.setPlan(
    ...plan.stats,
    ...plan.affine,
    length,
    lanes,
    Number(gammaPerLane),
    Number(plan.useMean),
    plan.epsilon,
  );
  return walk;
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
