import type { ApplyCall } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { kernelsOf, type WasmBackend } from './heap.ts';
import { addressOf, withOutputs } from './memory.ts';
import { setPlan } from './plan.ts';

/** assembly/forward.ts with the statistics given. */
export function apply(backend: WasmBackend, { plan, x, stats, gamma, beta }: ApplyCall): TensorInfo {
  const kernels = kernelsOf(backend);
  setPlan(kernels, plan);
  kernels.setTensors(
    addressOf(backend, x),
    addressOf(backend, stats),
    addressOf(backend, gamma),
    addressOf(backend, beta),
  );
  const outputs = withOutputs(backend, [x.shape], kernels.forwardScratch(), ([y = 0], scratch) => {
    kernels.apply(y, scratch);
  });
  return outputs[0] as TensorInfo;
}
