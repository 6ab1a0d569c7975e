import { normTraits } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { openWasm } from './open-wasm.ts';

it('importing the package registers four kernels, whose sums are float64, and exports nothing', async () => {
  await openWasm();
  expect(Object.keys(await import('@normkit/backend-wasm'))).toEqual([]);
  expect(normTraits('wasm')).toMatchObject({ precision: 'float64' });
  const names = tf.getKernelsForBackend('wasm').map(({ kernelName }) => kernelName);
  expect(names.filter((name) => name.startsWith('Normkit')).sort()).toEqual([
    'NormkitApply',
    'NormkitBackward',
    'NormkitForward',
    'NormkitStatistic',
  ]);
});
