import '@normkit/backend-wasm';
import '@normkit/training/wasm';
import * as tf from '@tensorflow/tfjs';
import { inject } from 'vitest';
import type {} from '../../../vitest.vectors.ts';
import { describeLiterals } from './describe-literals.ts';
import { layerTests } from './layer-tests.ts';
import { runLayerTest } from './run-layer-test.ts';
import { describeTutorial } from './tutorial.ts';

await tf.setBackend('wasm');
for (const test of layerTests) runLayerTest('wasm', test);
describeLiterals('wasm', inject('vectors'));
describeTutorial('wasm', { samples: 160, epochs: 3 });
