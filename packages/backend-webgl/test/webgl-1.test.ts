import '@tensorflow/tfjs';
import { describeVectors } from '@normkit/conformance';
import { describeRandomNorms } from '@normkit/conformance/random';
import * as tf from '@tensorflow/tfjs';
import { describe, inject, it } from 'vitest';
import { target } from './open-webgl.ts';

tf.env().set('WEBGL_VERSION', 1);

describe('in WebGL 1', async () => {
  await describeVectors(target, inject('vectors'), { describe, it });
  await describeRandomNorms(target, { describe, it }, { numRuns: 10 });
});
