import '@tensorflow/tfjs';
import { describeFarNumbers, describeVectors } from '@normkit/conformance';
import { describeRandomNorms } from '@normkit/conformance/random';
import { layerNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, inject, it } from 'vitest';
import { openWebGL, target } from './open-webgl.ts';

tf.env().set('WEBGL_PACK', false);

it('y of a small part of a large tensor has a texture of its own size', async () => {
  await openWebGL();
  const ones = tf.ones([512, 512]);
  const large = tf.where(tf.cast(ones, 'bool'), ones, ones);
  const x = tf.slice(large, [3, 0], [1, 512]);
  const bytes = () => (tf.memory() as unknown as { numBytesInGPU: number }).numBytesInGPU;
  const before = bytes();
  const y = layerNorm(x);
  expect(bytes() - before).toBeLessThan(2 * 4 * 512);
  tf.dispose([ones, large, x, y]);
});

describe('where TensorFlow.js packs nothing', async () => {
  await describeFarNumbers(target, { describe, it });
  await describeVectors(target, inject('vectors'), { describe, it });
  await describeRandomNorms(target, { describe, it }, { numRuns: 10 });
});
