import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a page finds TensorFlow.js's binaries; empty in Node, which finds them by itself. */
    readonly wasmPath: string;
  }
}

/** Makes TensorFlow.js's wasm backend available, with the kernels of normkit. */
export async function openWasm(): Promise<void> {
  const path = inject('wasmPath');
  if (path) setWasmPaths(path);
  await import('@normkit/backend-wasm');
}
