import { env, type TensorInfo } from '@tensorflow/tfjs-core';
import { type Commands, type Dispatch, dispatchOf } from './commands.ts';
import { pipelineOf } from './pipelines.ts';
import type { TensorName } from './shaders/module.ts';
import { type Kind, UNIFORMS, uniformType } from './shaders/uniforms.ts';
import { type Tuning, tuningOf } from './tuning.ts';

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

/** The tensors of a call, by the names that shaders have for them. */
type Tensors = Readonly<Partial<Record<TensorName, TensorInfo | undefined>>>;

/** Adds the dispatches of a call to what TensorFlow.js is recording. Returns the tensors that they will have written. */
export function record<Output extends TensorName>(
  backend: WebGPUBackend,
  { outputs, scratch, dispatches }: Commands<Output>,
  inputs: Tensors & { readonly x: TensorInfo },
): Readonly<Record<Output, TensorInfo>> {
  const made = makeEach(backend, outputs, (shape) => (shape === 'as x' ? inputs.x.shape : shape));
  // As for TensorFlow.js's own programs: the caller only wants pipelines compiled.
  if (env().getBool('WEBGPU_ENGINE_COMPILE_ONLY')) {
    for (const { key } of dispatches) pipelineOf(backend.device, key);
    return made;
  }
  const between = { ...castInputs(backend, inputs), ...makeEach(backend, scratch, (floats) => [floats]) };
  const tensors = { ...inputs, ...made, ...between };
  for (const dispatch of dispatches) recordDispatch(backend, dispatch, tensors);
  // TensorFlow.js frees them when what is recorded has been submitted.
  for (const { dataId } of Object.values(between)) backend.disposeData(dataId);
  return made;
}

/** A new tensor for each name. */
function makeEach<Name extends string, Size>(
  backend: WebGPUBackend,
  sizes: Readonly<Record<Name, Size>>,
  shapeOf: (size: Size) => readonly number[],
): Record<Name, TensorInfo> {
  const made: Partial<Record<Name, TensorInfo>> = {};
  for (const name in sizes) made[name] = backend.makeTensorInfo([...shapeOf(sizes[name])], 'float32');
  return made as Record<Name, TensorInfo>;
}

function recordDispatch(backend: WebGPUBackend, { key, uniforms, groups }: Dispatch, tensors: Tensors): void {
  const { pipeline, layout, names } = pipelineOf(backend.device, key);
  const bound = names.map((name) => tensors[name] as TensorInfo);
  // An upload ends the pass, so all of them come before it is begun.
  for (const { dataId } of bound) backend.uploadToGPU(dataId);
  const resources = [
    uniformBuffer(backend, key.kind, uniforms),
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
  endPass(backend, `Normkit ${key.kind}`);
}

/**
 * Floats for the inputs that are integers in their buffer: TensorFlow.js casts integers by calling them floats, as only
 * its data know.
 */
function castInputs(backend: WebGPUBackend, inputs: Tensors): Readonly<Record<string, TensorInfo>> {
  const casts: Record<string, TensorInfo> = {};
  for (const [name, tensor] of Object.entries(inputs)) {
    if (tensor?.dtype !== 'float32' || backend.tensorMap.get(tensor.dataId).dtype === 'float32') continue;
    const floats = backend.makeTensorInfo(tensor.shape, 'float32');
    const integers = { ...tensor, dtype: 'int32' } as const;
    recordDispatch(backend, castOf(tensor, tuningOf(backend.device)), { integers, floats });
    casts[name] = floats;
  }
  return casts;
}

function castOf({ shape }: TensorInfo, { workgroup }: Tuning): Dispatch {
  const steps = shape.reduce((size, extent) => size * extent, 1);
  return dispatchOf('cast', { workgroup }, { steps }, Math.ceil(steps / workgroup));
}

function uniformBuffer(backend: WebGPUBackend, kind: Kind, values: Readonly<Record<string, number>>): GPUBufferBinding {
  return backend.makeUniforms(
    UNIFORMS[kind].map((name) => ({
      type: uniformType(name) === 'f32' ? 'float32' : 'uint32',
      data: [values[name] as number],
    })),
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
