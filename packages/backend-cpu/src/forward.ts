import { type ForwardCall, segmentSize } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { CpuBackend } from './buffers.ts';
import { type Call, openCall, startOf } from './call.ts';
import { addLanes, shareSegments } from './lanes.ts';
import { addRun, sums } from './rows.ts';
import { ROWS, storeStats } from './stats.ts';
import { writeBlock, writeSegment } from './write.ts';

/**
 * Normalizes segment by segment, or block by block, while each is in the cache. The loop over the segments stands in
 * the function that does the work: called once for each of them, it took a fifth longer.
 */
export function forward(backend: CpuBackend, forwardCall: ForwardCall): [y: TensorInfo, stats: TensorInfo] {
  const call = openCall(backend, forwardCall);
  const { blocks, lanes, segments } = call.walk;
  const stats = new Float32Array(ROWS * segments);
  if (lanes > 0) for (let block = 0; block < blocks; block++) forwardBlock(call, block, stats);
  else forwardSegments(call, stats);
  return [
    backend.makeTensorInfo([...forwardCall.x.shape], 'float32', call.y),
    backend.makeTensorInfo([ROWS, segments], 'float32', stats),
  ];
}

/**
 * Two passes, the second of which writes y. The first takes mean and variance from sums about an element of the
 * segment. That element's own distance from the mean is part of the variance, so that the difference below loses no
 * more than log2(count) of 53 bits, wherever the mean lies.
 */
function forwardSegments(call: Call, stats: Float32Array): void {
  const { plan, walk, y } = call;
  const { rows, segments, segmentsPerBlock, run } = walk;
  const count = segmentSize(plan.stats);
  const stride = segmentsPerBlock * run;
  for (let segment = 0; segment < segments; segment++) {
    const start = startOf(walk, segment);
    const shift = plan.useMean ? (y[start] as number) : 0;
    sums.fill(0);
    for (let row = 0; row < rows; row++) addRun(y, start + row * stride, run, shift);
    const offset = plan.useMean ? (sums[0] as number) / count : 0;
    const variance = (sums[1] as number) / count - offset * offset;
    writeSegment(call, start, shift + offset, storeStats(stats, segment, shift + offset, variance, plan.epsilon));
  }
}

/** The same for all lanes of a block at once. */
function forwardBlock(call: Call, block: number, stats: Float32Array): void {
  const { plan, walk, y } = call;
  const { rows, lanes, segmentsPerBlock, run } = walk;
  const count = segmentSize(plan.stats);
  const start = block * rows * lanes;
  const means = new Float64Array(lanes);
  const inverses = new Float64Array(lanes);
  const offsets = new Float64Array(lanes);
  if (plan.useMean) for (let lane = 0; lane < lanes; lane++) means[lane] = y[start + lane - (lane % run)] as number;
  addLanes(y, start, rows, lanes, means, offsets, inverses);
  shareSegments(offsets, run, (_, sum) => (plan.useMean ? sum / count : 0));
  for (let lane = 0; lane < lanes; lane++) means[lane] = (means[lane] as number) + (offsets[lane] as number);
  shareSegments(inverses, run, (index, squares) => {
    const offset = offsets[index * run] as number;
    const variance = squares / count - offset * offset;
    return storeStats(stats, block * segmentsPerBlock + index, means[index * run] as number, variance, plan.epsilon);
  });
  writeBlock(call, start, means, inverses);
}
