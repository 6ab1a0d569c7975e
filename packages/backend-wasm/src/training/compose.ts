import {
  getKernel,
  type KernelFunc,
  type NamedAttrMap,
  type NamedTensorInfoMap,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../heap.ts';

/** A kernel's arguments as it knows them; the registry's own type has no names. */
export interface Call<Inputs, Attributes> {
  readonly inputs: Record<keyof Inputs, TensorInfo>;
  readonly attrs: Attributes;
  readonly backend: WasmBackend;
}

/** Runs another kernel of the backend, or a given function in its place. */
export type Run = (kernel: string | KernelFunc, inputs: object, attributes: object) => TensorInfo;

/** A kernel made of others: all that they made is freed in the end but the result, whether it ends well or not. */
export function compose(backend: WasmBackend, build: (run: Run) => TensorInfo): TensorInfo {
  const made: TensorInfo[] = [];
  const run: Run = (kernel, inputs, attributes) => {
    const kernelFunc = typeof kernel === 'string' ? kernelOf(kernel) : kernel;
    const output = kernelFunc({
      inputs: inputs as NamedTensorInfoMap,
      attrs: attributes as NamedAttrMap,
      backend,
    }) as TensorInfo;
    made.push(output);
    return output;
  };
  try {
    const result = build(run);
    // A kernel that has nothing to do returns its input with one more reference, so each entry holds exactly one.
    made.splice(
      made.findIndex(({ dataId }) => dataId === result.dataId),
      1,
    );
    return result;
  } finally {
    for (const { dataId } of made) backend.disposeData(dataId);
  }
}

function kernelOf(name: string): KernelFunc {
  const kernel = getKernel(name, 'wasm');
  if (kernel) return kernel.kernelFunc;
  throw new Error(
    `[normkit] training: expected TensorFlow.js's wasm backend to have the kernel ${name}. It is not registered; import '@tensorflow/tfjs-backend-wasm' as a whole, not a custom build without it.`,
  );
}
