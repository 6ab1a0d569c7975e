import { type Plan, type Walk, walkOf } from '@normkit/core';
import type { Kernels } from './heap.ts';

/** Rows of the statistics: mean, variance, low part of the mean, deviation (assembly/stats.ts). */
export const ROWS = 4;

/** Hands the plan over to the module, and returns its walk. */
export function setPlan(kernels: Kernels, plan: Plan): Walk {
  const walk = walkOf(plan);
  kernels.setPlan(
    ...plan.stats,
    ...plan.affine,
    walk.length,
    Number(walk.hasLanes),
    Number(plan.useMean),
    plan.epsilon,
  );
  return walk;
}

/** float64 of scratch memory, given how many each lane of a block takes. */
export function laneScratch({ hasLanes, slots }: Walk, perLane: number): number {
  return hasLanes ? perLane * slots : 0;
}
