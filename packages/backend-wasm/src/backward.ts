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
  const walk = setPlan(kernels, plan);
  const [slope, from, given, scale] = [dy, x, stats, gamma].map((tensor) => addressOf(backend, tensor)) as [
    number,
    number,
    number,
    number,
  ];
  const isOwn = stats.shape[0] === ROWS;
  const shapes = [x.shape, [walk.parameters], [walk.parameters]];
  const scratchLength = 3 * walk.parameters + (6 * walk.lanes || 2 * walk.segmentsPerBlock);
  return withOutputs(backend, shapes, scratchLength, ([dx = 0, dgamma = 0, dbeta = 0], scratch) => {
    kernels.backward(slope, from, given, scale, dx, dgamma, dbeta, scratch, isOwn, frozenStats);
  }) as [TensorInfo, TensorInfo, TensorInfo];
}
