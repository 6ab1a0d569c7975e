import type { loadVectors } from '../../vectors/src/load.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly vectors: ReturnType<typeof loadVectors>;
    /** Where a page finds the wasm backend's binaries. */
    readonly wasmPath: string;
  }
}
