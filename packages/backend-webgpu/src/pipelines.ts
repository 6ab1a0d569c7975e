import type { Shader } from './shaders/module.ts';

/** A pipeline, its bind group layout, and the names of the tensors bound after the uniforms. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  readonly names: readonly string[];
}

const pipelines = new WeakMap<GPUDevice, Map<string, Pipeline>>();

/** The pipeline of a shader, compiled once for each device. The keys are names and flags: their number is bounded. */
export function pipelineOf(device: GPUDevice, key: string, shader: () => Shader): Pipeline {
  const known = pipelines.get(device) ?? new Map<string, Pipeline>();
  pipelines.set(device, known);
  const pipeline = known.get(key) ?? compile(device, key, shader());
  known.set(key, pipeline);
  return pipeline;
}

/** How many pipelines a device has by now. */
export function pipelineCount(device: GPUDevice): number {
  return pipelines.get(device)?.size ?? 0;
}

function compile(device: GPUDevice, label: string, { code, tensors }: Shader): Pipeline {
  const module = device.createShaderModule({ label, code });
  const pipeline = device.createComputePipeline({ label, layout: 'auto', compute: { module, entryPoint: 'main' } });
  return { pipeline, layout: pipeline.getBindGroupLayout(0), names: tensors };
}
