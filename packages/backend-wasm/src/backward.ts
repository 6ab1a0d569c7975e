import type { BackwardCall, BackwardResult } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { kernelsOf, type WasmBackend } from './heap.ts';
import { addressOf, withOutputs } from './memory.ts';
import { setPlan } from './plan.ts';

/** assembly/backward.ts, on the tensors' own memory. */
export function backward(
  backend: WasmBackend,
  { plan, dy, x, stats, gamma, frozenStats }: BackwardCall,
): BackwardResult {
  const kernels = kernelsOf(backend);
  const { parameters } = setPlan(kernels, plan);
  kernels.setTensors(addressOf(backend, x), addressOf(backend, stats), addressOf(backend, gamma), 0);
  const given = addressOf(backend, dy);
  const shapes = [x.shape, [parameters], [parameters]];
  const size = kernels.backwardScratch();
  const [dx, dgamma, dbeta] = withOutputs(backend, shapes, size, ([dx = 0, dgamma = 0, dbeta = 0], scratch) => {
    kernels.backward(given, dx, dgamma, dbeta, scratch, frozenStats);
  }) as [TensorInfo, TensorInfo, TensorInfo];
  return { dx, dgamma, dbeta };
}
