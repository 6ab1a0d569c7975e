import { segmentOf, segmentSize } from '@normkit/core';
import type { Gradient } from './backward-rows.ts';
import { shareSegments } from './lanes.ts';
import { laneStats } from './stats.ts';

/** A block on its way. */
interface Block extends Gradient {
  readonly means: Float64Array;
  readonly inverses: Float64Array;
  /** By lane: Σ g and Σ g · n, and then their means over the segment. */
  readonly g: Float64Array;
  readonly gn: Float64Array;
}

/** The gradient of one block of lanes. */
export function backwardBlock(call: Gradient, index: number): void {
  const { plan, walk, frozenStats, stats } = call;
  const { rows, lanes, run, length, gammaPerLane } = walk;
  const start = index * rows * lanes;
  const [g, gn] = [new Float64Array(lanes), new Float64Array(lanes)];
  const block: Block = { ...call, ...laneStats(stats, index, call), g, gn };
  if (gammaPerLane) {
    sumLanes(block, start);
    shareLanes(block);
  } else {
    for (let line = start; line < start + rows * lanes; line += length) {
      sumLine(block, line, segmentOf(plan.affine, line));
    }
  }
  // Constant statistics pass no gradient on, and neither does a mean that is 0 by definition.
  const count = segmentSize(plan.stats);
  shareSegments(g, run, (_, sum) => (frozenStats || !plan.useMean ? 0 : sum / count));
  shareSegments(gn, run, (_, sum) => (frozenStats ? 0 : sum / count));
  for (let line = start; line < start + rows * lanes; line += length) {
    writeLine(block, line, gammaPerLane ? 0 : segmentOf(plan.affine, line));
  }
}

/** By lane, Σ dy and Σ dy · n. */
function sumLanes({ walk, dy, x, means, inverses, g, gn }: Block, start: number): void {
  const { rows, lanes } = walk;
  for (let row = 0, i = start; row < rows; row++) {
    for (let lane = 0; lane < lanes; lane++, i++) {
      const d = dy[i] as number;
      const normalized = ((x[i] as number) - (means[lane] as number)) * (inverses[lane] as number);
      g[lane] = (g[lane] as number) + d;
      gn[lane] = (gn[lane] as number) + d * normalized;
    }
  }
}

/** Adds the sums of lanes that have a gamma each to dgamma and dbeta, and makes them Σ g and Σ g · n. */
function shareLanes({ walk, gamma, dparameters, g, gn }: Block): void {
  for (let lane = 0; lane < walk.lanes; lane++) {
    const scale = gamma[lane] as number;
    dparameters[2 * lane] = (dparameters[2 * lane] as number) + (gn[lane] as number);
    dparameters[2 * lane + 1] = (dparameters[2 * lane + 1] as number) + (g[lane] as number);
    g[lane] = (g[lane] as number) * scale;
    gn[lane] = (gn[lane] as number) * scale;
  }
}

/**
 * Adds one line: to `g` and `gn` its Σ g and Σ g · n by lane, to `dparameters` its Σ dy · n and Σ dy by parameter. The
 * index of gamma begins at `affine`, and stays or grows by one an element.
 */
function sumLine(
  { walk, dy, x, means, inverses, gamma, g, gn, dparameters }: Block,
  start: number,
  affine: number,
): void {
  const { length, affineStep: step } = walk;
  for (let j = 0, a = affine, l = start % walk.lanes; j < length; j++, l++, a += step) {
    const d = dy[start + j] as number;
    const dn = d * (((x[start + j] as number) - (means[l] as number)) * (inverses[l] as number));
    const scale = gamma[a] as number;
    g[l] = (g[l] as number) + d * scale;
    gn[l] = (gn[l] as number) + dn * scale;
    dparameters[2 * a] = (dparameters[2 * a] as number) + dn;
    dparameters[2 * a + 1] = (dparameters[2 * a + 1] as number) + d;
  }
}

/** dx of one line. */
function writeLine({ walk, dy, x, dx, means, inverses, gamma, g, gn }: Block, start: number, affine: number): void {
  const { length, affineStep: step } = walk;
  for (let j = 0, a = affine, l = start % walk.lanes; j < length; j++, l++, a += step) {
    const inverse = inverses[l] as number;
    const normalized = ((x[start + j] as number) - (means[l] as number)) * inverse;
    const g0 = (dy[start + j] as number) * (gamma[a] as number);
    dx[start + j] = (g0 - (g[l] as number) - normalized * (gn[l] as number)) * inverse;
  }
}
