import type { ForwardCall, ForwardResult } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { kernelsOf, type WasmBackend } from './heap.ts';
import { addressOf, withOutputs } from './memory.ts';
import { setPlan } from './plan.ts';
import { ROWS } from './stats-rows.ts';

/** assembly/forward.ts, on the tensors' own memory. */
export function forward(backend: WasmBackend, { plan, x, gamma, beta }: ForwardCall): ForwardResult {
  const kernels = kernelsOf(backend);
  const { segments } = setPlan(kernels, plan);
  const [from, scale, shift] = [addressOf(backend, x), addressOf(backend, gamma), addressOf(backend, beta)];
  const shapes = [x.shape, [ROWS, segments]];
  const [y, stats] = withOutputs(backend, shapes, kernels.forwardScratch(), ([y = 0, stats = 0], scratch) => {
    kernels.setTensors(from, stats, scale, shift);
    kernels.forward(y, scratch);
  }) as [TensorInfo, TensorInfo];
  return { y, stats };
}
