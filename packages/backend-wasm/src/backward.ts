import type { BackwardCall } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { kernelsOf, type WasmBackend } from './heap.ts';
import { addressOf, withOutputs } from './memory.ts';
import { ROWS, setPlan } from './plan.ts';

/** assembly/backward.ts, on the tensors' own memory. */
export function backward(
  backend: WasmBackend,
  { plan, dy, x, stats, gamma, frozenStats }: BackwardCall,
): [dx: TensorInfo, dgamma: TensorInfo, dbeta: TensorInfo] {
  const kernels = kernelsOf(backend);
  const { parameters, backwardScratch } = setPlan(kernels, plan);
  const [slope, from, given, scale] = [dy, x, stats, gamma].map((tensor) => addressOf(backend, tensor)) as [
    number,
    number,
    number,
    number,
  ];
  const isOwn = stats.shape[0] === ROWS;
  const shapes = [x.shape, [parameters], [parameters]];
  return withOutputs(backend, shapes, backwardScratch, ([dx = 0, dgamma = 0, dbeta = 0], scratch) => {
    kernels.backward(slope, from, given, scale, dx, dgamma, dbeta, scratch, isOwn, frozenStats);
  }) as [TensorInfo, TensorInfo, TensorInfo];
}
