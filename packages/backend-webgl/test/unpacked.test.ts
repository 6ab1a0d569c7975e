import '@tensorflow/tfjs';
import { describeVectors } from '@normkit/conformance';
import { describeRandomNorms } from '@normkit/conformance/random';
import * as tf from '@tensorflow/tfjs';
import { describe, inject, it } from 'vitest';
import { target } from './open-webgl.ts';

tf.env().set('WEBGL_PACK', false);

describe('where TensorFlow.js packs nothing', async () => {
  await describeVectors(target, inject('vectors'), { describe, it });
  await describeRandomNorms(target, { describe, it }, { numRuns: 10 });
});
