import { env, type TensorInfo } from '@tensorflow/tfjs-core';
import { castOf } from './cast.ts';
import type { Partition } from './partition.ts';
import { pipelineOf } from './pipelines.ts';
import type { Shader } from './shaders/module.ts';
import { FIELDS, type Uniforms } from './shaders/uniforms.ts';
import { tuningOf } from './tuning.ts';

/*
 * Dispatches go into the pass that TensorFlow.js is recording, between its own, and are submitted with them: what its
 * `recordAndSubmit` does for programs of one output, from the same members of the backend. All that is used of the
 * backend is here.
 */

/** What is used of TensorFlow.js's webgpu backend (`WebGPUBackend`); some of it is private there. */
export interface WebGPUBackend {
  readonly device: GPUDevice;
  readonly tensorMap: { get(dataId: object): { readonly dtype: string } };
  readonly supportTimestampQuery: boolean;
  readonly commandQueueOwnedIds: WeakSet<object>;
  /** Set while somebody measures the time of each dispatch. */
  readonly activeTimers?: { name: string; query: Promise<number> }[] | null;
  readonly querySetCount: number;
  querySet: GPUQuerySet | null;
  commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  dispatchCountInPass: number;
  makeTensorInfo(shape: number[], dtype: 'float32'): TensorInfo;
  disposeData(dataId: object): boolean;
  uploadToGPU(dataId: object): void;
  tensorToBinding(tensor: TensorInfo): GPUBindingResource;
  makeUniforms(fields: { type: 'uint32' | 'float32'; data: number[] }[]): GPUBufferBinding;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  getQueryTime(): Promise<number>;
}

/** One dispatch. */
export interface Dispatch {
  readonly name: string;
  readonly partition: Partition;
  /** What the shader's text depends on beside its name and the partition's layout. */
  readonly flags: object;
  /** Makes the text, when this name and these flags are first met. */
  readonly shader: () => Shader;
  readonly tensors: Readonly<Record<string, TensorInfo | undefined>>;
  readonly uniforms: Uniforms;
  /** Default: the partition's. */
  readonly groups?: number;
}

const METHODS = [
  'makeTensorInfo',
  'disposeData',
  'uploadToGPU',
  'tensorToBinding',
  'makeUniforms',
  'ensureCommandEncoderReady',
  'endComputePassEncoder',
  'submitQueue',
  'getQueryTime',
] as const;
const STATE = [
  'tensorMap',
  'commandEncoder',
  'computePassEncoder',
  'querySet',
  'querySetCount',
  'supportTimestampQuery',
] as const;

/** The members of a backend that this version of TensorFlow.js does not have. */
export function missingMembers(backend: WebGPUBackend): string[] {
  return [
    ...METHODS.filter((name) => typeof backend[name] !== 'function'),
    ...STATE.filter((name) => !(name in backend)),
    ...(typeof backend.dispatchCountInPass === 'number' ? [] : ['dispatchCountInPass']),
    ...(backend.commandQueueOwnedIds instanceof WeakSet ? [] : ['commandQueueOwnedIds']),
  ];
}

/** Adds a dispatch to what TensorFlow.js is recording. */
export function record(backend: WebGPUBackend, dispatch: Dispatch): void {
  const { name, partition, flags, shader, tensors, groups = partition.groups } = dispatch;
  const { regime, unit, workgroup, sharing } = partition;
  const key = `${name} ${JSON.stringify([regime, unit, workgroup, sharing, flags])}`;
  const { pipeline, layout, names } = pipelineOf(backend.device, key, shader);
  // As for TensorFlow.js's own programs: the caller only wants pipelines compiled.
  if (env().getBool('WEBGPU_ENGINE_COMPILE_ONLY')) return;
  const given = names.map((tensor) => tensors[tensor] as TensorInfo);
  const bound = given.map((tensor) => asFloats(backend, tensor));
  // An upload ends the pass, so all of them come before it is begun.
  for (const { dataId } of bound) backend.uploadToGPU(dataId);
  const resources = [
    uniformBuffer(backend, { ...partition.uniforms, ...dispatch.uniforms }),
    ...bound.map((tensor) => backend.tensorToBinding(tensor)),
  ];
  for (const { dataId } of bound) backend.commandQueueOwnedIds.add(dataId);
  const entries = resources.map((resource, binding) => ({ binding, resource }));
  const bindGroup = backend.device.createBindGroup({ layout, entries });

  const pass = beginPass(backend);
  pass.setPipeline(pipeline);
  pass.setBindGroup(0, bindGroup);
  // More workgroups than one dimension may have are laid out in two.
  const width = Math.min(groups, backend.device.limits.maxComputeWorkgroupsPerDimension);
  pass.dispatchWorkgroups(width, Math.ceil(groups / width));
  backend.dispatchCountInPass++;
  endPass(backend, `Normkit ${name}`);
  for (const { dataId } of bound.filter((tensor) => !given.includes(tensor))) backend.disposeData(dataId);
}

/** TensorFlow.js casts integers by calling them floats: the buffer has integers still, as its data know. */
function asFloats(backend: WebGPUBackend, tensor: TensorInfo): TensorInfo {
  if (tensor.dtype !== 'float32' || backend.tensorMap.get(tensor.dataId).dtype === 'float32') return tensor;
  const floats = backend.makeTensorInfo(tensor.shape, 'float32');
  const integers = { ...tensor, dtype: 'int32' } as const;
  record(backend, castOf(integers, floats, tuningOf(backend.device).workgroup));
  return floats;
}

/** Memory between two dispatches. TensorFlow.js frees it when they have been submitted. */
export function withScratch(backend: WebGPUBackend, floats: number, run: (scratch: TensorInfo) => void): void {
  const scratch = backend.makeTensorInfo([floats], 'float32');
  run(scratch);
  backend.disposeData(scratch.dataId);
}

function uniformBuffer(backend: WebGPUBackend, values: Uniforms): GPUBufferBinding {
  return backend.makeUniforms(
    FIELDS.map((field) => ({ type: field === 'epsilon' ? 'float32' : 'uint32', data: [values[field] ?? 0] })),
  );
}

function beginPass(backend: WebGPUBackend): GPUComputePassEncoder {
  backend.ensureCommandEncoderReady();
  const isTimed = backend.activeTimers && backend.supportTimestampQuery;
  if (isTimed) backend.endComputePassEncoder();
  backend.computePassEncoder ??= (backend.commandEncoder as GPUCommandEncoder).beginComputePass(
    isTimed ? { timestampWrites: timestamps(backend) } : {},
  );
  return backend.computePassEncoder;
}

function timestamps(backend: WebGPUBackend): GPUComputePassTimestampWrites {
  backend.querySet ??= backend.device.createQuerySet({ type: 'timestamp', count: backend.querySetCount });
  return { querySet: backend.querySet, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 };
}

function endPass(backend: WebGPUBackend, name: string): void {
  const { activeTimers } = backend;
  if (activeTimers) {
    backend.endComputePassEncoder();
    activeTimers.push({ name, query: backend.getQueryTime() });
  } else if (backend.dispatchCountInPass >= env().getNumber('WEBGPU_DEFERRED_SUBMIT_BATCH_SIZE')) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
}
