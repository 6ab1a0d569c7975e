import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../heap.ts';

interface SharedData extends WasmBackend {
  incRef(dataId: object): void;
}

/**
 * A clone that shares its tensor's memory, as on TensorFlow.js's other backends; its wasm backend copies. Each tensor
 * that a gradient will need is cloned, so that a training step copies all activations and weights.
 */
export function share(original: KernelFunc): KernelFunc {
  return (call) => {
    const { x } = call.inputs as { x: TensorInfo };
    if (x.dtype === 'string') return original(call);
    (call.backend as SharedData).incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  };
}
