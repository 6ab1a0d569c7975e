import type {} from '../../../vitest.vectors.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where a page finds the wasm backend's binaries. */
    readonly wasmPath: string;
  }
}
