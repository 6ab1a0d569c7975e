import { util } from '@tensorflow/tfjs-core';
import type { WasmBackend } from '../heap.ts';

/** A tensor's numbers in place. To be taken after the last allocation: a heap that grows detaches it. */
export function floatsAt({ wasm }: WasmBackend, address: number, shape: readonly number[]): Float32Array {
  return new Float32Array(wasm.HEAPU8.buffer, address, util.sizeFromShape([...shape]));
}
