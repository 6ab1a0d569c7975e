import * as tf from '@tensorflow/tfjs';
import { inject } from 'vitest';
import type {} from '../../../vitest.vectors.ts';
import { describeLiterals } from './describe-literals.ts';
import { layerTests } from './layer-tests.ts';
import { runLayerTest } from './run-layer-test.ts';
import { describeTutorial } from './tutorial.ts';

// No backend package is imported here, so every op is composed of TensorFlow.js's own operations.
await tf.setBackend('cpu');
for (const test of layerTests) runLayerTest('cpu without kernels', test);
describeLiterals('cpu without kernels', inject('vectors'));
describeTutorial('cpu without kernels', { samples: 5, epochs: 3 });
