import type { TensorInfo } from '@tensorflow/tfjs-core';

/** What the kernels use of TensorFlow.js's cpu backend (`MathBackendCPU`). */
export interface CpuBackend {
  readonly data: { get(dataId: object): { values?: unknown } };
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
}

/**
 * The values of a float32 tensor, in place. TensorFlow.js casts integers to float32 by name alone: the values may still
 * be an Int32Array, and every loop that met one would be slow from then on.
 */
export function floats(backend: CpuBackend, tensor: TensorInfo): Float32Array {
  const { values } = backend.data.get(tensor.dataId);
  return values instanceof Float32Array ? values : Float32Array.from(values as ArrayLike<number>);
}

/** gamma or beta. Where it is not given, an array of the neutral value. */
export function parameter(
  backend: CpuBackend,
  tensor: TensorInfo | undefined,
  length: number,
  neutral: 0 | 1,
): Float32Array {
  return tensor ? floats(backend, tensor) : new Float32Array(length).fill(neutral);
}
