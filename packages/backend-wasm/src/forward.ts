import type { ForwardCall } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { kernelsOf, type WasmBackend } from './heap.ts';
import { addressOf, withOutputs } from './memory.ts';
import { ROWS, setPlan } from './plan.ts';

/** assembly/forward.ts, on the tensors' own memory. */
export function forward(
  backend: WasmBackend,
  { plan, x, gamma, beta }: ForwardCall,
): [y: TensorInfo, stats: TensorInfo] {
  const kernels = kernelsOf(backend);
  const { segments, scratch: size } = setPlan(kernels, plan);
  const [from, scale, shift] = [addressOf(backend, x), addressOf(backend, gamma), addressOf(backend, beta)];
  const shapes = [x.shape, [ROWS, segments]];
  return withOutputs(backend, shapes, size, ([y = 0, stats = 0], scratch) => {
    kernels.forward(from, y, stats, scale, shift, scratch);
  }) as [TensorInfo, TensorInfo];
}
