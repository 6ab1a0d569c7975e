import '@normkit/backend-webgl';
import { layerNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';

it('without WebGL the import does no harm, and the backend is missing as ever', async () => {
  await tf.setBackend('cpu');
  expect(Array.from(layerNorm(tf.tensor1d([1, 3]), { epsilon: 1 }).dataSync())).toEqual(
    [-Math.SQRT1_2, Math.SQRT1_2].map(Math.fround),
  );
  await expect(async () => tf.setBackend('webgl')).rejects.toThrow("Backend name 'webgl' not found in registry");
});
