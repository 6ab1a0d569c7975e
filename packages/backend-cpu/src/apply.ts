import { type ApplyCall, walkOf } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type CpuBackend, floats, parameter } from './buffers.ts';
import { readStats } from './stats.ts';
import { writeBlock } from './write.ts';

/** One pass: the statistics are given. */
export function apply(backend: CpuBackend, { plan, x, stats, gamma, beta }: ApplyCall): TensorInfo {
  const walk = walkOf(plan);
  const values = floats(backend, x);
  const given = floats(backend, stats);
  const y = new Float32Array(values.length);
  const slots = { means: new Float64Array(walk.slots), inverses: new Float64Array(walk.slots) };
  const scale = parameter(backend, gamma, 1);
  const shift = parameter(backend, beta, 0);
  for (let block = 0; block < walk.blocks; block++) {
    readStats(plan, walk, block, given, slots);
    writeBlock(plan, walk, block, values, y, slots, scale, shift);
  }
  return backend.makeTensorInfo([...x.shape], 'float32', y);
}
