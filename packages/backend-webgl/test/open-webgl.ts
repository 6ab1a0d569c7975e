import * as tf from '@tensorflow/tfjs';

/** Makes TensorFlow.js's webgl backend available, with the kernels. */
export async function openWebGL(): Promise<void> {
  await import('@normkit/backend-webgl');
  await tf.setBackend('webgl');
}

/** The kernels as the suites want to know them. */
export const target = { backend: 'webgl', open: openWebGL, fused: true } as const;
