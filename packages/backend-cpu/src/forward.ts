import { type ForwardCall, segmentSize, type Walk, walkOf } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type CpuBackend, floats, parameter } from './buffers.ts';
import { forEachLine, shareSegments } from './lines.ts';
import { inverseOf, ROWS, storeStats } from './stats.ts';
import { writeBlock } from './write.ts';

/** Three passes over each block while it is in the cache: the mean, the variance about it, y. Sums are float64. */
export function forward(
  backend: CpuBackend,
  { plan, x, gamma, beta }: ForwardCall,
): [y: TensorInfo, stats: TensorInfo] {
  const walk = walkOf(plan);
  const values = floats(backend, x);
  const y = new Float32Array(values.length);
  const stats = new Float32Array(ROWS * walk.segments);
  const means = new Float64Array(walk.slots);
  const inverses = new Float64Array(walk.slots);
  const scale = parameter(backend, gamma, 1);
  const shift = parameter(backend, beta, 0);
  const count = segmentSize(plan.stats);
  for (let block = 0; block < walk.blocks; block++) {
    means.fill(0);
    if (plan.useMean) {
      sumBlock(walk, block, values, means);
      shareSegments(walk, means, (_, sum) => sum / count);
    }
    inverses.fill(0);
    squareBlock(walk, block, values, means, inverses);
    shareSegments(walk, inverses, (segment, sum) => {
      const mean = means[segment * walk.slotsPerSegment] as number;
      const variance = sum / count;
      storeStats(stats, block * walk.segmentsPerBlock + segment, mean, variance, plan.epsilon);
      return inverseOf(Math.sqrt(variance + plan.epsilon));
    });
    writeBlock(plan, walk, block, values, y, { means, inverses }, scale, shift);
  }
  return [
    backend.makeTensorInfo([...x.shape], 'float32', y),
    backend.makeTensorInfo([ROWS, walk.segments], 'float32', stats),
  ];
}

function sumBlock(walk: Walk, block: number, x: Float32Array, sums: Float64Array): void {
  const { length, hasLanes } = walk;
  forEachLine(walk, block, (start, slot) => {
    if (hasLanes) {
      for (let i = start, lane = slot; i < start + length; i++, lane++) {
        sums[lane] = (sums[lane] as number) + (x[i] as number);
      }
    } else {
      sums[slot] = (sums[slot] as number) + sumRow(x, start, length);
    }
  });
}

function squareBlock(walk: Walk, block: number, x: Float32Array, means: Float64Array, sums: Float64Array): void {
  const { length, hasLanes } = walk;
  forEachLine(walk, block, (start, slot) => {
    if (hasLanes) {
      for (let i = start, lane = slot; i < start + length; i++, lane++) {
        const deviation = (x[i] as number) - (means[lane] as number);
        sums[lane] = (sums[lane] as number) + deviation * deviation;
      }
    } else {
      sums[slot] = (sums[slot] as number) + squareRow(x, start, length, means[slot] as number);
    }
  });
}

/** Four sums at a time: one alone would wait for its own last addition, four cycles each. */
function sumRow(x: Float32Array, start: number, length: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const end = start + length;
  let i = start;
  for (; i + 3 < end; i += 4) {
    a += x[i] as number;
    b += x[i + 1] as number;
    c += x[i + 2] as number;
    d += x[i + 3] as number;
  }
  for (; i < end; i++) a += x[i] as number;
  return a + b + (c + d);
}

function squareRow(x: Float32Array, start: number, length: number, mean: number): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  const end = start + length;
  let i = start;
  for (; i + 3 < end; i += 4) {
    const p = (x[i] as number) - mean;
    const q = (x[i + 1] as number) - mean;
    const r = (x[i + 2] as number) - mean;
    const s = (x[i + 3] as number) - mean;
    a += p * p;
    b += q * q;
    c += r * r;
    d += s * s;
  }
  for (; i < end; i++) {
    const p = (x[i] as number) - mean;
    a += p * p;
  }
  return a + b + (c + d);
}
