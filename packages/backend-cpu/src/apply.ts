import type { ApplyCall } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type CpuBackend, floats } from './buffers.ts';
import { openCall, startOf } from './call.ts';
import { laneStats, loadInverse, loadMean } from './stats.ts';
import { writeBlock, writeSegment } from './write.ts';

/** One pass: the statistics are given. */
export function apply(backend: CpuBackend, applyCall: ApplyCall): TensorInfo {
  const call = openCall(backend, applyCall);
  const stats = floats(backend, applyCall.stats);
  const { blocks, rows, lanes, segments } = call.walk;
  const reads = { ...call, frozenStats: true };
  for (let block = 0; lanes > 0 && block < blocks; block++) {
    const { means, inverses } = laneStats(stats, block, reads);
    writeBlock(call, block * rows * lanes, means, inverses);
  }
  for (let segment = 0; lanes === 0 && segment < segments; segment++) {
    writeSegment(
      call,
      startOf(call.walk, segment),
      loadMean(stats, segment, reads),
      loadInverse(stats, segment, reads),
    );
  }
  return backend.makeTensorInfo([...applyCall.x.shape], 'float32', call.y);
}
