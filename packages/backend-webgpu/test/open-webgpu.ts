import type { loadVectors } from '../../vectors/src/load.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly vectors: ReturnType<typeof loadVectors>;
  }
}

/** Makes TensorFlow.js's webgpu backend available, with the kernels. */
export async function openWebGPU(): Promise<void> {
  await import('@tensorflow/tfjs-backend-webgpu');
  await import('@normkit/backend-webgpu');
}

/** The kernels as the suites want to know them. */
export const target = { backend: 'webgpu', open: openWebGPU, precision: 'float32', fused: true } as const;
