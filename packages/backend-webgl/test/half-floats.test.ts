import '@tensorflow/tfjs';
import { describeNormKernels } from '@normkit/conformance';
import { batchNorm, layerNorm, normTraits } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it, vi } from 'vitest';
import { openWebGL, target } from './open-webgl.ts';

tf.env().set('WEBGL_FORCE_F16_TEXTURES', true);

const warned = vi.spyOn(console, 'warn');

it('the user is told once, and what would hold float32', async () => {
  await openWebGL();
  const x = tf.randomNormal([4, 8]);
  for (let calls = 0; calls < 2; calls++) layerNorm(x);
  const told = warned.mock.calls.flat().filter((text) => String(text).startsWith('[normkit]'));
  expect(told).toEqual([
    '[normkit] the textures of webgl hold half floats here, tensors and statistics too: norms are right to 0.2 %, and values above 65504 are infinite. @tensorflow/tfjs-backend-wasm with @normkit/backend-wasm would hold float32.',
  ]);
  const { precision } = normTraits('webgl') ?? {};
  expect(typeof precision === 'function' && precision()).toBe('float16');
});

it('an image of large values has the deviation that it has', async () => {
  await openWebGL();
  // The sum of its squares is more than half floats hold: that of TensorFlow.js is infinite.
  const x = tf.tensor(
    Float32Array.from({ length: 256 }, (_, index) => (index % 2 === 0 ? 200 : -200)),
    [1, 16, 16, 1],
  );
  const y = await batchNorm(x).data();
  for (const [index, value] of y.entries()) expect(value).toBeCloseTo(index % 2 === 0 ? 1 : -1, 3);
});

it('gradients are there where the sums for gamma and beta are more than half floats hold', async () => {
  await openWebGL();
  const x = tf.randomNormal([512, 512, 1], 0, 1, 'float32', 3);
  const dx = tf.grad((v: tf.Tensor) => batchNorm(v, { beta: [0] }))(x, tf.ones([512, 512, 1]));
  // All of dy goes into beta.
  expect((await tf.max(tf.abs(dx)).data())[0]).toBeLessThan(4e-3);
});

await describeNormKernels(target, { describe, it });
