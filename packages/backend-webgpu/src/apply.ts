import type { ApplyCall } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { affineOf, partitionOf, planUniforms, statsDomain } from './domain.ts';
import { record, type WebGPUBackend } from './recording.ts';
import { applyShader } from './shaders/forward.ts';
import { tuningOf } from './tuning.ts';

/** One dispatch: the statistics are there. */
export function apply(backend: WebGPUBackend, { plan, x, stats, gamma, beta }: ApplyCall): TensorInfo {
  const domain = statsDomain(plan);
  const partition = partitionOf(domain, gamma || beta ? [plan.affine] : [], tuningOf(backend.device));
  const affine = affineOf(plan, domain, partition, gamma !== undefined, beta !== undefined);
  const y = backend.makeTensorInfo([...x.shape], 'float32');
  record(backend, {
    name: 'apply',
    partition,
    flags: affine,
    shader: () => applyShader(partition, affine),
    tensors: { x, gamma, beta, stats, y },
    uniforms: planUniforms(plan),
  });
  return y;
}
