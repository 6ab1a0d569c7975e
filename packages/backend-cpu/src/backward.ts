import { type BackwardCall, type Plan, segmentOf, segmentSize, type Walk, walkOf } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type CpuBackend, floats, type Parameter, parameter } from './buffers.ts';
import { forEachLine, shareSegments } from './lines.ts';
import { readStats, type SlotStats } from './stats.ts';

/*
 * With n = (x − mean) / σ and g = gamma · dy, dx = (g − mean(g) − n · mean(g · n)) / σ over each segment of the
 * statistics, dgamma = Σ dy · n and dbeta = Σ dy over each segment of gamma. Two passes over each block: the sums, dx.
 */

interface Inputs {
  readonly plan: Plan;
  readonly walk: Walk;
  readonly dy: Float32Array;
  readonly x: Float32Array;
  readonly gamma: Parameter;
  readonly slots: SlotStats;
}

/** By slot: sums, then means, of g and of g · n. By parameter: sums of dy · n and of dy. All float64. */
interface Sums {
  readonly g: Float64Array;
  readonly gn: Float64Array;
  readonly dgamma: Float64Array;
  readonly dbeta: Float64Array;
}

export function backward(
  backend: CpuBackend,
  { plan, dy, x, stats, gamma, frozenStats }: BackwardCall,
): [dx: TensorInfo, dgamma: TensorInfo, dbeta: TensorInfo] {
  const walk = walkOf(plan);
  const slots = { means: new Float64Array(walk.slots), inverses: new Float64Array(walk.slots) };
  const inputs = {
    plan,
    walk,
    dy: floats(backend, dy),
    x: floats(backend, x),
    gamma: parameter(backend, gamma, 1),
    slots,
  };
  const given = floats(backend, stats);
  const sums = {
    g: new Float64Array(walk.slots),
    gn: new Float64Array(walk.slots),
    dgamma: new Float64Array(walk.parameters),
    dbeta: new Float64Array(walk.parameters),
  };
  const dx = new Float32Array(inputs.x.length);
  const count = segmentSize(plan.stats);
  for (let block = 0; block < walk.blocks; block++) {
    readStats(plan, walk, block, given, slots);
    sums.g.fill(0);
    sums.gn.fill(0);
    sumBlock(inputs, block, sums);
    // Constant statistics have no gradient to pass on; a mean that is 0 by definition has none either.
    shareSegments(walk, sums.g, (_, sum) => (frozenStats || !plan.useMean ? 0 : sum / count));
    shareSegments(walk, sums.gn, (_, sum) => (frozenStats ? 0 : sum / count));
    writeBlock(inputs, block, sums, dx);
  }
  return [
    backend.makeTensorInfo([...x.shape], 'float32', dx),
    backend.makeTensorInfo([walk.parameters], 'float32', Float32Array.from(sums.dgamma)),
    backend.makeTensorInfo([walk.parameters], 'float32', Float32Array.from(sums.dbeta)),
  ];
}

function sumBlock(inputs: Inputs, block: number, sums: Sums): void {
  const { plan, walk, gamma } = inputs;
  const sumLine = walk.affineStep === 0 ? sumLineOfOneParameter : walk.hasLanes ? sumLanes : sumRow;
  forEachLine(walk, block, (start, slot) => {
    const affine = segmentOf(plan.affine, start);
    sumLine(inputs, sums, start, slot, affine, gamma.isGiven ? affine : 0);
  });
}

function sumRow(
  { walk, dy, x, gamma, slots }: Inputs,
  sums: Sums,
  start: number,
  slot: number,
  affine: number,
  gammaStart: number,
): void {
  const { dgamma, dbeta } = sums;
  const gammaStep = gamma.isGiven ? 1 : 0;
  const mean = slots.means[slot] as number;
  const inverse = slots.inverses[slot] as number;
  const end = start + walk.length;
  let g = 0;
  let gn = 0;
  for (let i = start, a = affine, s = gammaStart; i < end; i++, a++, s += gammaStep) {
    const d = dy[i] as number;
    const dn = d * (((x[i] as number) - mean) * inverse);
    const scale = gamma.values[s] as number;
    g += d * scale;
    gn += dn * scale;
    dgamma[a] = (dgamma[a] as number) + dn;
    dbeta[a] = (dbeta[a] as number) + d;
  }
  sums.g[slot] = (sums.g[slot] as number) + g;
  sums.gn[slot] = (sums.gn[slot] as number) + gn;
}

function sumLanes(
  { walk, dy, x, gamma, slots }: Inputs,
  sums: Sums,
  start: number,
  slot: number,
  affine: number,
  gammaStart: number,
): void {
  const { g, gn, dgamma, dbeta } = sums;
  const { means, inverses } = slots;
  const gammaStep = gamma.isGiven ? 1 : 0;
  const end = start + walk.length;
  for (let i = start, lane = slot, a = affine, s = gammaStart; i < end; i++, lane++, a++, s += gammaStep) {
    const d = dy[i] as number;
    const dn = d * (((x[i] as number) - (means[lane] as number)) * (inverses[lane] as number));
    const scale = gamma.values[s] as number;
    g[lane] = (g[lane] as number) + d * scale;
    gn[lane] = (gn[lane] as number) + dn * scale;
    dgamma[a] = (dgamma[a] as number) + dn;
    dbeta[a] = (dbeta[a] as number) + d;
  }
}

function sumLineOfOneParameter(
  { walk, dy, x, gamma, slots }: Inputs,
  sums: Sums,
  start: number,
  slot: number,
  affine: number,
  gammaStart: number,
): void {
  const laneStep = walk.hasLanes ? 1 : 0;
  const { means, inverses } = slots;
  const { g, gn } = sums;
  const scale = gamma.values[gammaStart] as number;
  const end = start + walk.length;
  let dgamma = 0;
  let dbeta = 0;
  for (let i = start, lane = slot; i < end; i++, lane += laneStep) {
    const d = dy[i] as number;
    const dn = d * (((x[i] as number) - (means[lane] as number)) * (inverses[lane] as number));
    if (laneStep === 1) {
      g[lane] = (g[lane] as number) + d * scale;
      gn[lane] = (gn[lane] as number) + dn * scale;
    }
    dgamma += dn;
    dbeta += d;
  }
  if (laneStep === 0) {
    g[slot] = (g[slot] as number) + dbeta * scale;
    gn[slot] = (gn[slot] as number) + dgamma * scale;
  }
  sums.dgamma[affine] = (sums.dgamma[affine] as number) + dgamma;
  sums.dbeta[affine] = (sums.dbeta[affine] as number) + dbeta;
}

function writeBlock(
  { plan, walk, dy, x, gamma, slots }: Inputs,
  block: number,
  { g, gn }: Sums,
  dx: Float32Array,
): void {
  const { length, hasLanes, affineStep } = walk;
  const { means, inverses } = slots;
  const gammaStep = gamma.isGiven ? affineStep : 0;
  forEachLine(walk, block, (start, slot) => {
    let s = gamma.isGiven ? segmentOf(plan.affine, start) : 0;
    if (hasLanes) {
      for (let i = start, lane = slot; i < start + length; i++, lane++, s += gammaStep) {
        const inverse = inverses[lane] as number;
        const normalized = ((x[i] as number) - (means[lane] as number)) * inverse;
        dx[i] =
          ((dy[i] as number) * (gamma.values[s] as number) - (g[lane] as number) - normalized * (gn[lane] as number)) *
          inverse;
      }
    } else {
      const [mean, inverse, meanG, meanGn] = [means[slot], inverses[slot], g[slot], gn[slot]] as [
        number,
        number,
        number,
        number,
      ];
      for (let i = start; i < start + length; i++, s += gammaStep) {
        const normalized = ((x[i] as number) - mean) * inverse;
        dx[i] = ((dy[i] as number) * (gamma.values[s] as number) - meanG - normalized * meanGn) * inverse;
      }
    }
  });
}
