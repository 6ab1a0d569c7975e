import { type ForwardCall, segmentSize } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { CpuBackend } from './buffers.ts';
import { type Call, openCall, startOf } from './call.ts';
import { shareSegments, squareLanes, sumLanes } from './lanes.ts';
import { squareRun, sumRun } from './rows.ts';
import { ROWS, storeStats } from './stats.ts';
import { writeBlock, writeSegment } from './write.ts';

/** Three passes over each segment or block while it is in the cache: the mean, the variance about it, y. */
export function forward(backend: CpuBackend, forwardCall: ForwardCall): [y: TensorInfo, stats: TensorInfo] {
  const call = openCall(backend, forwardCall);
  const { blocks, lanes, segments } = call.walk;
  const stats = new Float32Array(ROWS * segments);
  if (lanes > 0) for (let block = 0; block < blocks; block++) forwardBlock(call, block, stats);
  else for (let segment = 0; segment < segments; segment++) forwardSegment(call, segment, stats);
  return [
    backend.makeTensorInfo([...forwardCall.x.shape], 'float32', call.y),
    backend.makeTensorInfo([ROWS, segments], 'float32', stats),
  ];
}

function forwardSegment(call: Call, segment: number, stats: Float32Array): void {
  const { plan, walk, y } = call;
  const { rows, segmentsPerBlock, run } = walk;
  const count = segmentSize(plan.stats);
  const start = startOf(walk, segment);
  const stride = segmentsPerBlock * run;
  let mean = 0;
  if (plan.useMean) {
    for (let row = 0; row < rows; row++) mean += sumRun(y, start + row * stride, run);
    mean /= count;
  }
  let variance = 0;
  for (let row = 0; row < rows; row++) variance += squareRun(y, start + row * stride, run, mean);
  writeSegment(call, start, mean, storeStats(stats, segment, mean, variance / count, plan.epsilon));
}

function forwardBlock(call: Call, block: number, stats: Float32Array): void {
  const { plan, walk, y } = call;
  const { rows, lanes, segmentsPerBlock, run } = walk;
  const count = segmentSize(plan.stats);
  const start = block * rows * lanes;
  const means = new Float64Array(lanes);
  const inverses = new Float64Array(lanes);
  if (plan.useMean) {
    sumLanes(y, start, rows, lanes, means);
    shareSegments(means, run, (_, sum) => sum / count);
  }
  squareLanes(y, start, rows, lanes, means, inverses);
  shareSegments(inverses, run, (segment, sum) =>
    storeStats(stats, block * segmentsPerBlock + segment, means[segment * run] as number, sum / count, plan.epsilon),
  );
  writeBlock(call, start, means, inverses);
}
