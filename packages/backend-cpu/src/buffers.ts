import type { TensorInfo } from '@tensorflow/tfjs-core';

/** What the kernels use of TensorFlow.js's cpu backend (`MathBackendCPU`). */
export interface CpuBackend {
  readonly data: { get(dataId: object): { values?: unknown } };
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
}

/** The values of a float32 tensor, in place. */
export function floats(backend: CpuBackend, tensor: TensorInfo): Float32Array {
  return backend.data.get(tensor.dataId).values as Float32Array;
}

/** gamma or beta, read from `start`, moving on by `step`; where there is none, the neutral value again and again. */
export interface Parameter {
  readonly values: Float32Array;
  readonly isGiven: boolean;
}

export function parameter(backend: CpuBackend, tensor: TensorInfo | undefined, neutral: 0 | 1): Parameter {
  if (tensor) return { values: floats(backend, tensor), isGiven: true };
  return { values: Float32Array.of(neutral), isGiven: false };
}
