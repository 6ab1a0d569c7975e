import { type Key, shaderOfKey } from './shaders/key.ts';
import type { TensorName } from './shaders/module.ts';

/** A pipeline, its bind group layout, and the names of the tensors bound after the uniforms. */
export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
  readonly names: readonly TensorName[];
}

const pipelines = new WeakMap<GPUDevice, Map<string, Pipeline>>();

/** The pipeline of a shader, compiled once for each device. No key has an extent in it: their number is bounded. */
export function pipelineOf(device: GPUDevice, key: Key): Pipeline {
  const known = pipelines.get(device) ?? new Map<string, Pipeline>();
  pipelines.set(device, known);
  const name = JSON.stringify(key);
  const pipeline = known.get(name) ?? compile(device, key, name);
  known.set(name, pipeline);
  return pipeline;
}

/** How many pipelines a device has by now. */
export function pipelineCount(device: GPUDevice): number {
  return pipelines.get(device)?.size ?? 0;
}

function compile(device: GPUDevice, key: Key, label: string): Pipeline {
  const { code, tensors } = shaderOfKey(key);
  const module = device.createShaderModule({ label, code });
  const pipeline = device.createComputePipeline({ label, layout: 'auto', compute: { module, entryPoint: 'main' } });
  return { pipeline, layout: pipeline.getBindGroupLayout(0), names: tensors };
}
