import { type Plan, segmentOf, segmentSize, type Walk } from '@normkit/core';
import { startOf } from './call.ts';
import { TILE } from './rows.ts';
import { loadInverse, loadMean } from './stats.ts';

/** The buffers of a backward call. */
export interface Gradient {
  readonly plan: Plan;
  readonly walk: Walk;
  readonly frozenStats: boolean;
  readonly dy: Float32Array;
  readonly x: Float32Array;
  readonly stats: Float32Array;
  readonly gamma: Float32Array;
  readonly dx: Float32Array;
  /** dgamma and dbeta of each parameter, side by side, and float64 until they are complete. */
  readonly dparameters: Float64Array;
}

/** The tile (rows.ts) of backward: gamma, and what its elements add to dgamma and dbeta, side by side. */
const gammas = new Float64Array(TILE);
const shares = new Float64Array(2 * TILE);
let loaded = -1;
let held = 0;

/** Two sums of a run: Σ dy and Σ dy · n, or Σ g and Σ g · n. */
const sums = new Float64Array(2);

/**
 * Adds what the tile has summed to dgamma and dbeta, and fills the tile with gamma from `start` on. A call ends with -1,
 * which fills nothing.
 */
export function loadGradientTile({ gamma, dparameters }: Gradient, start: number, length: number): void {
  if (start === loaded) return;
  for (let i = 0, to = 2 * loaded; i < 2 * held; i++, to++) {
    dparameters[to] = (dparameters[to] as number) + (shares[i] as number);
  }
  shares.fill(0, 0, 2 * held);
  if (start >= 0) gammas.set(gamma.subarray(start, start + length));
  loaded = start;
  held = length;
}

/** The gradient of one segment that is walked by runs. */
export function backwardSegment(call: Gradient, segment: number): void {
  const { plan, walk, frozenStats, dy, x, stats, gamma, dparameters } = call;
  const { rows, segmentsPerBlock, run, length, affineStep } = walk;
  const mean = loadMean(stats, segment, call);
  const inverse = loadInverse(stats, segment, call);
  const start = startOf(walk, segment);
  const stride = segmentsPerBlock * run;
  let g = 0;
  let gn = 0;
  for (let row = 0; row < rows; row++) {
    const first = start + row * stride;
    for (let index = first; index < first + run; index += length) {
      const affine = segmentOf(plan.affine, index);
      if (affineStep === 1) {
        sums.fill(0);
        for (let offset = 0; offset < length; offset += TILE) {
          const size = Math.min(TILE, length - offset);
          loadGradientTile(call, affine + offset, size);
          addRunOfTile(dy, x, index + offset, size, mean, inverse);
        }
        g += sums[0] as number;
        gn += sums[1] as number;
      } else {
        sumRun(dy, x, index, length, mean, inverse);
        dparameters[2 * affine] = (dparameters[2 * affine] as number) + (sums[1] as number);
        dparameters[2 * affine + 1] = (dparameters[2 * affine + 1] as number) + (sums[0] as number);
        g += (sums[0] as number) * (gamma[affine] as number);
        gn += (sums[1] as number) * (gamma[affine] as number);
      }
    }
  }
  // Constant statistics pass no gradient on, and neither does a mean that is 0 by definition.
  const count = segmentSize(plan.stats);
  const passed = {
    mean,
    inverse,
    meanG: frozenStats || !plan.useMean ? 0 : g / count,
    meanGn: frozenStats ? 0 : gn / count,
  };
  for (let row = 0; row < rows; row++) {
    const first = start + row * stride;
    for (let index = first; index < first + run; index += length) {
      const affine = segmentOf(plan.affine, index);
      if (affineStep === 1) {
        for (let offset = 0; offset < length; offset += TILE) {
          const size = Math.min(TILE, length - offset);
          loadGradientTile(call, affine + offset, size);
          writeRunOfTile(call, index + offset, size, passed);
        }
      } else writeRun(call, index, length, gamma[affine] as number, passed);
    }
  }
}

/** Σ dy and Σ dy · n of a line, into `sums`. */
function sumRun(dy: Float32Array, x: Float32Array, start: number, length: number, mean: number, inverse: number): void {
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

/**
 * Adds a run that has one gamma for each element: Σ g and Σ g · n to `sums`, and what each element adds to dgamma and
 * dbeta to the tile.
 */
function addRunOfTile(
  dy: Float32Array,
  x: Float32Array,
  start: number,
  length: number,
  mean: number,
  inverse: number,
): void {
  let e = 0;
  let f = 0;
  let en = 0;
  let fn = 0;
  const end = start + length;
  let i = start;
  let a = 0;
  for (; i + 1 < end; i += 2, a += 2) {
    const p = dy[i] as number;
    const q = dy[i + 1] as number;
    const pn = p * (((x[i] as number) - mean) * inverse);
    const qn = q * (((x[i + 1] as number) - mean) * inverse);
    shares[2 * a] = (shares[2 * a] as number) + pn;
    shares[2 * a + 1] = (shares[2 * a + 1] as number) + p;
    shares[2 * a + 2] = (shares[2 * a + 2] as number) + qn;
    shares[2 * a + 3] = (shares[2 * a + 3] as number) + q;
    e += p * (gammas[a] as number);
    en += pn * (gammas[a] as number);
    f += q * (gammas[a + 1] as number);
    fn += qn * (gammas[a + 1] as number);
  }
  if (i < end) {
    const p = dy[i] as number;
    const pn = p * (((x[i] as number) - mean) * inverse);
    shares[2 * a] = (shares[2 * a] as number) + pn;
    shares[2 * a + 1] = (shares[2 * a + 1] as number) + p;
    e += p * (gammas[a] as number);
    en += pn * (gammas[a] as number);
  }
  sums[0] = (sums[0] as number) + e + f;
  sums[1] = (sums[1] as number) + en + fn;
}

/** What a segment passes on to each of its elements: its statistics, mean(g) and mean(g · n). */
type Passed = Readonly<Record<'mean' | 'inverse' | 'meanG' | 'meanGn', number>>;

function writeRun({ dy, x, dx }: Gradient, start: number, length: number, gamma: number, passed: Passed): void {
  const { mean, inverse, meanG, meanGn } = passed;
  for (let i = start; i < start + length; i++) {
    const normalized = ((x[i] as number) - mean) * inverse;
    dx[i] = ((dy[i] as number) * gamma - meanG - normalized * meanGn) * inverse;
  }
}

function writeRunOfTile({ dy, x, dx }: Gradient, start: number, length: number, passed: Passed): void {
  const { mean, inverse, meanG, meanGn } = passed;
  const end = start + length;
  let i = start;
  let a = 0;
  for (; i + 3 < end; i += 4, a += 4) {
    const k = ((x[i] as number) - mean) * inverse;
    const l = ((x[i + 1] as number) - mean) * inverse;
    const m = ((x[i + 2] as number) - mean) * inverse;
    const n = ((x[i + 3] as number) - mean) * inverse;
    const p = ((dy[i] as number) * (gammas[a] as number) - meanG - k * meanGn) * inverse;
    const q = ((dy[i + 1] as number) * (gammas[a + 1] as number) - meanG - l * meanGn) * inverse;
    const r = ((dy[i + 2] as number) * (gammas[a + 2] as number) - meanG - m * meanGn) * inverse;
    const s = ((dy[i + 3] as number) * (gammas[a + 3] as number) - meanG - n * meanGn) * inverse;
    dx[i] = p;
    dx[i + 1] = q;
    dx[i + 2] = r;
    dx[i + 3] = s;
  }
  for (; i < end; i++, a++) {
    const n = ((x[i] as number) - mean) * inverse;
    dx[i] = ((dy[i] as number) * (gammas[a] as number) - meanG - n * meanGn) * inverse;
  }
}
