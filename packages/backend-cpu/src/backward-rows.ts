import { type Plan, segmentOf, segmentSize, type Walk } from '@normkit/core';
import { startOf } from './call.ts';
import { loadInverse, loadMean } from './stats.ts';

/** The buffers of a backward call. dgamma and dbeta are float64 until they are complete. */
export interface Gradient {
  readonly plan: Plan;
  readonly walk: Walk;
  readonly frozenStats: boolean;
  readonly dy: Float32Array;
  readonly x: Float32Array;
  readonly stats: Float32Array;
  readonly gamma: Float32Array;
  readonly dx: Float32Array;
  readonly dgamma: Float64Array;
  readonly dbeta: Float64Array;
}

/** The gradient of one segment that is walked by rows. */
export function backwardSegment(call: Gradient, segment: number): void {
  const { plan, walk, frozenStats, dy, x, stats, gamma, dx, dgamma, dbeta } = call;
  const { rows, segmentsPerBlock, run, length, affineStep } = walk;
  const mean = loadMean(stats, segment, call);
  const inverse = loadInverse(stats, segment, call);
  const start = startOf(walk, segment);
  const stride = segmentsPerBlock * run;
  const sums = new Float64Array(2);
  let g = 0;
  let gn = 0;
  for (let row = 0; row < rows; row++) {
    const first = start + row * stride;
    for (let index = first; index < first + run; index += length) {
      const affine = segmentOf(plan.affine, index);
      if (affineStep === 1) {
        sumRunOf(dy, x, index, length, mean, inverse, gamma, affine, dgamma, dbeta, sums);
        g += sums[0] as number;
        gn += sums[1] as number;
      } else {
        sumRun(dy, x, index, length, mean, inverse, sums);
        dbeta[affine] = (dbeta[affine] as number) + (sums[0] as number);
        dgamma[affine] = (dgamma[affine] as number) + (sums[1] as number);
        g += (sums[0] as number) * (gamma[affine] as number);
        gn += (sums[1] as number) * (gamma[affine] as number);
      }
    }
  }
  // Constant statistics pass no gradient on, and neither does a mean that is 0 by definition.
  const count = segmentSize(plan.stats);
  const meanG = frozenStats || !plan.useMean ? 0 : g / count;
  const meanGn = frozenStats ? 0 : gn / count;
  for (let row = 0; row < rows; row++) {
    const first = start + row * stride;
    for (let index = first; index < first + run; index += length) {
      const affine = segmentOf(plan.affine, index);
      if (affineStep === 1) writeRunOf(dy, x, dx, index, length, mean, inverse, gamma, affine, meanG, meanGn);
      else writeRun(dy, x, dx, index, length, mean, inverse, gamma[affine] as number, meanG, meanGn);
    }
  }
}

/** Σ dy and Σ dy · n of a line, into `sums`. */
function sumRun(
  dy: Float32Array,
  x: Float32Array,
  start: number,
  length: number,
  mean: number,
  inverse: number,
  sums: Float64Array,
): void {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const end = start + length;
  let i = start;
  for (; i + 1 < end; i += 2) {
    a += dy[i] as number;
    b += dy[i + 1] as number;
    c += (dy[i] as number) * (((x[i] as number) - mean) * inverse);
    d += (dy[i + 1] as number) * (((x[i + 1] as number) - mean) * inverse);
  }
  if (i < end) {
    a += dy[i] as number;
    c += (dy[i] as number) * (((x[i] as number) - mean) * inverse);
  }
  sums[0] = a + b;
  sums[1] = c + d;
}

/** The same with one gamma for each element: Σ g and Σ g · n, and each element's share of dgamma and dbeta. */
function sumRunOf(
  dy: Float32Array,
  x: Float32Array,
  start: number,
  length: number,
  mean: number,
  inverse: number,
  gamma: Float32Array,
  affine: number,
  dgamma: Float64Array,
  dbeta: Float64Array,
  sums: Float64Array,
): void {
  let g = 0;
  let gn = 0;
  for (let j = 0; j < length; j++) {
    const d = dy[start + j] as number;
    const dn = d * (((x[start + j] as number) - mean) * inverse);
    const a = affine + j;
    const scale = gamma[a] as number;
    g += d * scale;
    gn += dn * scale;
    dgamma[a] = (dgamma[a] as number) + dn;
    dbeta[a] = (dbeta[a] as number) + d;
  }
  sums[0] = g;
  sums[1] = gn;
}

function writeRun(
  dy: Float32Array,
  x: Float32Array,
  dx: Float32Array,
  start: number,
  length: number,
  mean: number,
  inverse: number,
  gamma: number,
  meanG: number,
  meanGn: number,
): void {
  for (let i = start; i < start + length; i++) {
    const normalized = ((x[i] as number) - mean) * inverse;
    dx[i] = ((dy[i] as number) * gamma - meanG - normalized * meanGn) * inverse;
  }
}

function writeRunOf(
  dy: Float32Array,
  x: Float32Array,
  dx: Float32Array,
  start: number,
  length: number,
  mean: number,
  inverse: number,
  gamma: Float32Array,
  affine: number,
  meanG: number,
  meanGn: number,
): void {
  for (let j = 0; j < length; j++) {
    const i = start + j;
    const normalized = ((x[i] as number) - mean) * inverse;
    dx[i] = ((dy[i] as number) * (gamma[affine + j] as number) - meanG - normalized * meanGn) * inverse;
  }
}
