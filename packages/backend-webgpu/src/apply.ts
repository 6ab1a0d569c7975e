import type { ApplyCall } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { record, type WebGPUBackend } from './recording.ts';
import { applyShader } from './shaders/forward.ts';
import { tuningOf } from './tuning.ts';
import { callOf, parametersOf, tile, walkStats } from './walk.ts';

/** One dispatch: the statistics are there. */
export function apply(backend: WebGPUBackend, { plan, x, stats, gamma, beta }: ApplyCall): TensorInfo {
  const walk = walkStats(plan);
  const tiling = tile(walk, gamma || beta ? [plan.affine] : [], tuningOf(backend.device));
  const parameters = parametersOf(plan, walk, tiling, gamma !== undefined, beta !== undefined);
  const y = backend.makeTensorInfo([...x.shape], 'float32');
  record(backend, {
    name: 'apply',
    tiling,
    flags: parameters,
    shader: () => applyShader(tiling, parameters),
    tensors: { x, gamma, beta, stats, y },
    call: callOf(plan),
  });
  return y;
}
