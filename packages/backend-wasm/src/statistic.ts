import { statsRows } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './heap.ts';
import { addressOf, withOutputs } from './memory.ts';

/** A row of the statistics, copied within the heap. TensorFlow.js's slice copies all rows out of the heap first. */
export function statistic(backend: WasmBackend, stats: TensorInfo, row: 'mean' | 'variance'): TensorInfo {
  const segments = stats.shape[1] ?? 0;
  const from = addressOf(backend, stats) + 4 * statsRows[row] * segments;
  const [copy] = withOutputs(backend, [[segments]], 0, ([to = 0]) => {
    backend.wasm.HEAPU8.copyWithin(to, from, from + 4 * segments);
  });
  return copy as TensorInfo;
}
