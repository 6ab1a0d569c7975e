import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { inject } from 'vitest';
import type {} from '../../../vitest.vectors.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a page finds TensorFlow.js's binaries; empty in Node, which finds them by itself. */
    readonly wasmPath: string;
  }
}

/** Makes TensorFlow.js's wasm backend available, with the kernels. */
export async function openWasm(): Promise<void> {
  const path = inject('wasmPath');
  if (path) setWasmPaths(path);
  await import('@normkit/backend-wasm');
}

/** The kernels as the suites want to know them. */
export const target = { backend: 'wasm', open: openWasm, fused: true } as const;
