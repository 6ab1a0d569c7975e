import type { ForwardCall, ForwardResult } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { kernelsOf, type WasmBackend } from './heap.ts';
import { addressOf, withOutputs } from './memory.ts';
import { ROWS, setPlan } from './plan.ts';

/** assembly/forward.ts, on the tensors' own memory. */
export function forward(backend: WasmBackend, { plan, x, gamma, beta }: ForwardCall): ForwardResult {
  const kernels = kernelsOf(backend);
  const { segments, scratch: size } = setPlan(kernels, plan);
  const [from, scale, shift] = [addressOf(backend, x), addressOf(backend, gamma), addressOf(backend, beta)];
  const shapes = [x.shape, [ROWS, segments]];
  const [y, stats] = withOutputs(backend, shapes, size, ([y = 0, stats = 0], scratch) => {
    kernels.forward(from, y, stats, scale, shift, scratch);
  }) as [TensorInfo, TensorInfo];
  return { y, stats };
}
