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
  const { parameters, backwardScratch } = setPlan(kernels, plan);
  const [slope, from, given, scale] = [dy, x, stats, gamma].map((tensor) => addressOf(backend, tensor)) as [
    number,
    number,
    number,
    number,
  ];
  const shapes = [x.shape, [parameters], [parameters]];
  const [dx, dgamma, dbeta] = withOutputs(
    backend,
    shapes,
    backwardScratch,
    ([dx = 0, dgamma = 0, dbeta = 0], scratch) => {
      kernels.backward(slope, from, given, scale, dx, dgamma, dbeta, scratch, !frozenStats, frozenStats);
    },
  ) as [TensorInfo, TensorInfo, TensorInfo];
  return { dx, dgamma, dbeta };
}
