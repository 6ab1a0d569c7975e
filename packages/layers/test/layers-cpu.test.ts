import '@normkit/backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { inject } from 'vitest';
import type {} from '../../../vitest.vectors.ts';
import { describeLiterals } from './describe-literals.ts';
import { layerTests } from './layer-tests.ts';
import { runLayerTest } from './run-layer-test.ts';
import { describeTutorial } from './tutorial.ts';

await tf.setBackend('cpu');
for (const test of layerTests) runLayerTest('cpu with kernels', test);
describeLiterals('cpu with kernels', inject('vectors'));
describeTutorial('cpu with kernels', { samples: 5, epochs: 3 });
