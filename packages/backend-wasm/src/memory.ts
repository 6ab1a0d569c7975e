import { type TensorInfo, util } from '@tensorflow/tfjs-core';
import type { WasmBackend } from './heap.ts';

/** The address of a tensor, or 0 where the tensor is not given. */
export function addressOf(backend: WasmBackend, tensor: TensorInfo | undefined): number {
  return tensor ? backend.dataIdMap.get(tensor.dataId).memoryOffset : 0;
}

/** A tensor's numbers in place. Take them after the last allocation: a heap that grows detaches them. */
export function floatsAt({ wasm }: WasmBackend, address: number, shape: readonly number[]): Float32Array {
  return new Float32Array(wasm.HEAPU8.buffer, address, util.sizeFromShape([...shape]));
}

/**
 * Checks that there is room for so many tensors. TensorFlow.js's own kernels abort the whole module when the heap is full.
 *
 * @throws RangeError where the heap is full. No tensor is kept in any case.
 */
export function reserve(backend: WasmBackend, shape: readonly number[], count: number): void {
  for (const { dataId } of withOutputs(backend, Array<readonly number[]>(count).fill(shape), 0, () => undefined)) {
    backend.disposeData(dataId);
  }
}

/**
 * Runs a kernel with outputs of these shapes, and with scratch memory for `scratch` float64, which is freed afterwards.
 *
 * @throws RangeError where the heap is full. No output is kept then.
 */
export function withOutputs(
  backend: WasmBackend,
  shapes: readonly (readonly number[])[],
  scratch: number,
  run: (outputs: number[], scratch: number) => void,
): TensorInfo[] {
  const made: TensorInfo[] = [];
  const make = (shape: readonly number[]) => {
    const output = backend.makeOutput([...shape], 'float32');
    made.push(output);
    if (addressOf(backend, output) !== 0) return output;
    for (const { dataId } of made) backend.disposeData(dataId);
    throw new RangeError(
      `[normkit] the heap of the wasm backend is full: no room for a tensor of shape [${shape.join(',')}]. Dispose tensors (tf.tidy, tf.dispose), or use a smaller batch.`,
    );
  };
  const outputs = shapes.map(make);
  const memory = make([Math.max(1, 2 * scratch)]);
  run(
    outputs.map((output) => addressOf(backend, output)),
    addressOf(backend, memory),
  );
  backend.disposeData(memory.dataId);
  return outputs;
}
