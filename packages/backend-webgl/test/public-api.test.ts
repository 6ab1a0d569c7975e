import * as api from '@normkit/backend-webgl';
import { normTraits } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';

it('the public API is this, and nothing else', () => {
  expect(Object.keys(api).sort()).toEqual(['onDeviceLost']);
  expect(normTraits('webgl')).toMatchObject({ precision: expect.any(Function) });
});

it('importing registers three kernels for webgl, and looks after its devices; nothing else', () => {
  const names = tf.getKernelsForBackend('webgl').map(({ kernelName }) => kernelName);
  expect(names.filter((name) => name.startsWith('Normkit')).sort()).toEqual([
    'NormkitApply',
    'NormkitBackward',
    'NormkitDevice',
    'NormkitForward',
  ]);
});
