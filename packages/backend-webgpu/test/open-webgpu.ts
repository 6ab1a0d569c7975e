import * as tf from '@tensorflow/tfjs';
import type { loadVectors } from '../../vectors/src/load.ts';
import type { WebGPUBackend } from '../src/recording.ts';
import { HARDWARE, type Tuning, tune } from '../src/tuning.ts';

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

/** The same, with work divided as for a GPU, which the software adapter is not. */
export async function openTuned(tuning: Tuning = HARDWARE): Promise<void> {
  await openWebGPU();
  if (await tf.setBackend('webgpu')) tune(webgpu().device, tuning);
}

/** The current backend. */
export function webgpu(): WebGPUBackend {
  return tf.backend() as unknown as WebGPUBackend;
}

/** The kernels as the suites want to know them. */
export const target = { backend: 'webgpu', open: openWebGPU, precision: 'float32', fused: true } as const;
