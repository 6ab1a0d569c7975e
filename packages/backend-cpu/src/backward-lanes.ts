import { segmentOf, segmentSize } from '@normkit/core';
import type { Gradient } from './backward-rows.ts';
import { shareSegments } from './lanes.ts';
import { laneStats } from './stats.ts';

/** The gradient of one block of lanes. */
export function backwardBlock(call: Gradient, block: number): void {
  const { plan, walk, frozenStats, dy, x, stats, gamma, dx, dparameters } = call;
  const { rows, lanes, run, length, affineStep, gammaPerLane } = walk;
  const start = block * rows * lanes;
  const { means, inverses } = laneStats(stats, block, call);
  const g = new Float64Array(lanes);
  const gn = new Float64Array(lanes);
  if (gammaPerLane) {
    sumLanes(dy, x, start, rows, lanes, means, inverses, g, gn);
    for (let lane = 0; lane < lanes; lane++) {
      const scale = gamma[lane] as number;
      dparameters[2 * lane] = (dparameters[2 * lane] as number) + (gn[lane] as number);
      dparameters[2 * lane + 1] = (dparameters[2 * lane + 1] as number) + (g[lane] as number);
      g[lane] = (g[lane] as number) * scale;
      gn[lane] = (gn[lane] as number) * scale;
    }
  } else {
    for (let offset = 0; offset < rows * lanes; offset += length) {
      const affine = segmentOf(plan.affine, start + offset);
      sumLine(
        dy,
        x,
        start + offset,
        length,
        offset % lanes,
        means,
        inverses,
        gamma,
        affine,
        affineStep,
        g,
        gn,
        dparameters,
      );
    }
  }
  // Constant statistics pass no gradient on, and neither does a mean that is 0 by definition.
  const count = segmentSize(plan.stats);
  shareSegments(g, run, (_, sum) => (frozenStats || !plan.useMean ? 0 : sum / count));
  shareSegments(gn, run, (_, sum) => (frozenStats ? 0 : sum / count));
  for (let offset = 0; offset < rows * lanes; offset += length) {
    const affine = gammaPerLane ? 0 : segmentOf(plan.affine, start + offset);
    writeLine(dy, x, dx, start + offset, length, offset % lanes, means, inverses, gamma, affine, affineStep, g, gn);
  }
}

/** By lane, Σ dy and Σ dy · n. */
function sumLanes(
  dy: Float32Array,
  x: Float32Array,
  start: number,
  rows: number,
  lanes: number,
  means: Float64Array,
  inverses: Float64Array,
  g: Float64Array,
  gn: Float64Array,
): void {
  for (let row = 0, i = start; row < rows; row++) {
    for (let lane = 0; lane < lanes; lane++, i++) {
      const d = dy[i] as number;
      const normalized = ((x[i] as number) - (means[lane] as number)) * (inverses[lane] as number);
      g[lane] = (g[lane] as number) + d;
      gn[lane] = (gn[lane] as number) + d * normalized;
    }
  }
}

/**
 * Adds one line: by lane Σ g and Σ g · n, by parameter Σ dy · n and Σ dy. The index of gamma stays (`step` 0) or grows by
 * one an element (1).
 */
function sumLine(
  dy: Float32Array,
  x: Float32Array,
  start: number,
  length: number,
  lane: number,
  means: Float64Array,
  inverses: Float64Array,
  gamma: Float32Array,
  affine: number,
  step: number,
  g: Float64Array,
  gn: Float64Array,
  dparameters: Float64Array,
): void {
  for (let j = 0, a = affine, l = lane; j < length; j++, l++, a += step) {
    const d = dy[start + j] as number;
    const dn = d * (((x[start + j] as number) - (means[l] as number)) * (inverses[l] as number));
    const scale = gamma[a] as number;
    g[l] = (g[l] as number) + d * scale;
    gn[l] = (gn[l] as number) + dn * scale;
    dparameters[2 * a] = (dparameters[2 * a] as number) + dn;
    dparameters[2 * a + 1] = (dparameters[2 * a + 1] as number) + d;
  }
}

function writeLine(
  dy: Float32Array,
  x: Float32Array,
  dx: Float32Array,
  start: number,
  length: number,
  lane: number,
  means: Float64Array,
  inverses: Float64Array,
  gamma: Float32Array,
  affine: number,
  step: number,
  g: Float64Array,
  gn: Float64Array,
): void {
  for (let j = 0, a = affine, l = lane; j < length; j++, l++, a += step) {
    const inverse = inverses[l] as number;
    const normalized = ((x[start + j] as number) - (means[l] as number)) * inverse;
    const g0 = (dy[start + j] as number) * (gamma[a] as number);
    dx[start + j] = (g0 - (g[l] as number) - normalized * (gn[l] as number)) * inverse;
  }
}
