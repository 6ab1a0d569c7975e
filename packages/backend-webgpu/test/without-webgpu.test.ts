import '@normkit/backend-webgpu';
import { layerNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';

it('without WebGPU the import does no harm, and the backend is missing as ever', async () => {
  expect(globalThis.navigator?.gpu).toBeUndefined();
  await import('@tensorflow/tfjs-backend-webgpu');
  await tf.setBackend('cpu');
  expect(Array.from(layerNorm(tf.tensor1d([1, 3]), { epsilon: 1 }).dataSync())).toEqual(
    [-Math.SQRT1_2, Math.SQRT1_2].map(Math.fround),
  );
  await expect(async () => tf.setBackend('webgpu')).rejects.toThrow("Backend name 'webgpu' not found in registry");
});
