import * as tf from '@tensorflow/tfjs';
import type { WebGLBackend } from '../src/backend.ts';

/** Makes TensorFlow.js's webgl backend available, with the kernels. */
export async function openWebGL(): Promise<void> {
  await import('@normkit/backend-webgl');
  await tf.setBackend('webgl');
}

/** The current backend. */
export function webgl(): WebGLBackend {
  return tf.backend() as unknown as WebGLBackend;
}

/** The kernels as the suites want to know them. */
export const target = { backend: 'webgl', open: openWebGL, fused: true } as const;
