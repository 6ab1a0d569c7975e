import * as api from '@normkit/backend-webgpu';
import { normTraits } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';

it('the public API is this, and nothing else', () => {
  expect(Object.keys(api).sort()).toEqual(['onDeviceLost']);
  expect(normTraits('webgpu')).toMatchObject({ precision: 'float32' });
});

it('importing registers three kernels for webgpu, and looks after its devices; nothing else', () => {
  const names = tf.getKernelsForBackend('webgpu').map(({ kernelName }) => kernelName);
  expect(names.filter((name) => name.startsWith('Normkit')).sort()).toEqual([
    'NormkitApply',
    'NormkitBackward',
    'NormkitDevice',
    'NormkitForward',
  ]);
});
