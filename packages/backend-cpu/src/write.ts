import { type Plan, segmentOf, type Walk } from '@normkit/core';
import type { Parameter } from './buffers.ts';
import { forEachLine } from './lines.ts';
import type { SlotStats } from './stats.ts';

/** y = gamma · (x − mean) · inverse + beta for one block. */
export function writeBlock(
  plan: Plan,
  walk: Walk,
  block: number,
  x: Float32Array,
  y: Float32Array,
  { means, inverses }: SlotStats,
  gamma: Parameter,
  beta: Parameter,
): void {
  const { length, hasLanes, affineStep } = walk;
  const gammaStep = gamma.isGiven ? affineStep : 0;
  const betaStep = beta.isGiven ? affineStep : 0;
  forEachLine(walk, block, (start, slot) => {
    const affine = segmentOf(plan.affine, start);
    let g = gamma.isGiven ? affine : 0;
    let b = beta.isGiven ? affine : 0;
    if (hasLanes) {
      let lane = slot;
      for (let i = start; i < start + length; i++, lane++, g += gammaStep, b += betaStep) {
        const normalized = ((x[i] as number) - (means[lane] as number)) * (inverses[lane] as number);
        y[i] = normalized * (gamma.values[g] as number) + (beta.values[b] as number);
      }
    } else {
      const mean = means[slot] as number;
      const inverse = inverses[slot] as number;
      for (let i = start; i < start + length; i++, g += gammaStep, b += betaStep) {
        y[i] = ((x[i] as number) - mean) * inverse * (gamma.values[g] as number) + (beta.values[b] as number);
      }
    }
  });
}
