import { type Plan, type Walk, walkOf } from '@normkit/core';
import type { Kernels } from './heap.ts';

/** Rows of the statistics: mean, variance, low part of the mean, deviation (assembly/stats.ts). */
export const ROWS = 4;

/** Hands the plan over to the module, and returns its walk. */
export function setPlan(kernels: Kernels, plan: Plan): Walk {
  const walk = walkOf(plan);
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
