import { type ForwardCall, type ForwardResult, segmentSize } from '@normkit/core';
import type { CpuBackend } from './buffers.ts';
import { type Call, openCall, startOf } from './call.ts';
import { addLanes, shareSegments } from './lanes.ts';
import { addRun, sums } from './rows.ts';
import { ROWS, storeStats } from './stats.ts';
import { writeBlock, writeSegment } from './write.ts';

/**
 * Normalizes segment by segment, or block by block, while each is in the cache. The loop over the segments stands in
 * the function that does the work: a call for each segment took a fifth longer.
 */
export function forward(backend: CpuBackend, forwardCall: ForwardCall): ForwardResult {
  const call = openCall(backend, forwardCall);
  const { blocks, lanes, segments } = call.walk;
  const stats = new Float32Array(ROWS * segments);
  if (lanes > 0) for (let block = 0; block < blocks; block++) forwardBlock(call, block, stats);
  else forwardSegments(call, stats);
  return {
    y: backend.makeTensorInfo([...forwardCall.x.shape], 'float32', call.y),
    stats: backend.makeTensorInfo([ROWS, segments], 'float32', stats),
  };
}

/**
 * Whether the sums were about a number that lies too far from the mean, so that they lost more than 16 of the 53 bits of
 * the variance. Equal terms are all rounded to one side, so that a sum of many loses as many bits more as their count has.
 */
function isFar(offset: number, variance: number, count: number): boolean {
  return offset * offset > Math.min(2 ** 16, 2 ** 30 / count) * variance;
}

/**
 * First pass: sums about an element of the segment, which is seldom far from the mean. If it is far (`isFar`), the pass
 * is repeated about the float32 nearest to the mean that it gave. Second pass: y.
 */
function forwardSegments(call: Call, stats: Float32Array): void {
  const { plan, walk, y } = call;
  const { rows, segments, segmentsPerBlock, run } = walk;
  const count = segmentSize(plan.stats);
  const stride = segmentsPerBlock * run;
  for (let segment = 0; segment < segments; segment++) {
    const start = startOf(walk, segment);
    let shift = plan.useMean ? (y[start] as number) : 0;
    let offset = 0;
    let variance = 0;
    for (let time = 0; time === 0 || (time === 1 && isFar(offset, variance, count)); time++) {
      if (time === 1) shift = Math.fround(shift + offset);
      sums.fill(0);
      for (let row = 0; row < rows; row++) addRun(y, start + row * stride, run, shift);
      offset = plan.useMean ? (sums[0] as number) / count : 0;
      variance = (sums[1] as number) / count - offset * offset;
    }
    writeSegment(call, start, shift + offset, storeStats(stats, segment, shift + offset, variance, plan.epsilon));
  }
}

/** The same passes, for all lanes of a block at once. */
function forwardBlock(call: Call, block: number, stats: Float32Array): void {
  const { plan, walk, y } = call;
  const { rows, lanes, segmentsPerBlock, run } = walk;
  const count = segmentSize(plan.stats);
  const start = block * rows * lanes;
  const means = new Float64Array(lanes);
  const inverses = new Float64Array(lanes);
  const offsets = new Float64Array(lanes);
  if (plan.useMean) for (let lane = 0; lane < lanes; lane++) means[lane] = y[start + lane - (lane % run)] as number;
  // Until both are known, `means` holds what the sums are about, and `inverses` the variances.
  for (let time = 0; time === 0 || (time === 1 && moveFar(means, offsets, inverses, count)); time++) {
    offsets.fill(0);
    inverses.fill(0);
    addLanes(y, start, rows, means, offsets, inverses);
    shareSegments(offsets, run, (_, sum) => (plan.useMean ? sum / count : 0));
    shareSegments(inverses, run, (index, squares) => squares / count - (offsets[index * run] as number) ** 2);
  }
  for (let lane = 0; lane < lanes; lane++) means[lane] = (means[lane] as number) + (offsets[lane] as number);
  for (let index = 0; index < segmentsPerBlock; index++) {
    const [mean, variance] = [means[index * run] as number, inverses[index * run] as number];
    const inverse = storeStats(stats, block * segmentsPerBlock + index, mean, variance, plan.epsilon);
    inverses.fill(inverse, index * run, (index + 1) * run);
  }
  writeBlock(call, start, means, inverses);
}

/** Moves each shift that lies far from its mean to the mean. Returns whether there was any. */
function moveFar(shifts: Float64Array, offsets: Float64Array, variances: Float64Array, count: number): boolean {
  let any = false;
  for (let lane = 0; lane < shifts.length; lane++) {
    const offset = offsets[lane] as number;
    if (!isFar(offset, variances[lane] as number, count)) continue;
    shifts[lane] = Math.fround((shifts[lane] as number) + offset);
    any = true;
  }
  return any;
}
