import type { ApplyCall } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { kernelsOf, type WasmBackend } from './heap.ts';
import { addressOf, withOutputs } from './memory.ts';
import { setPlan } from './plan.ts';

/** assembly/forward.ts with the statistics given. */
export function apply(backend: WasmBackend, { plan, x, stats, gamma, beta }: ApplyCall): TensorInfo {
  const kernels = kernelsOf(backend);
  const { scratch: size } = setPlan(kernels, plan);
  const [from, given] = [addressOf(backend, x), addressOf(backend, stats)];
  const [scale, shift] = [addressOf(backend, gamma), addressOf(backend, beta)];
  const outputs = withOutputs(backend, [x.shape], size, ([y = 0], scratch) => {
    kernels.apply(from, y, given, scale, shift, scratch);
  });
  return outputs[0] as TensorInfo;
}
