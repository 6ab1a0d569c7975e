import { normTraits } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';

it('importing the package registers three kernels, and exports nothing', async () => {
  expect(Object.keys(await import('@normkit/backend-cpu'))).toEqual([]);
  expect(normTraits('cpu')).toMatchObject({ precision: 'float64' });
  const names = tf.getKernelsForBackend('cpu').map(({ kernelName }) => kernelName);
  expect(names.filter((name) => name.startsWith('Normkit')).sort()).toEqual([
    'NormkitApply',
    'NormkitBackward',
    'NormkitForward',
  ]);
});
