import '@normkit/backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { layerTests } from './layer-tests.ts';
import { runLayerTest } from './run-layer-test.ts';

await tf.setBackend('cpu');
for (const test of layerTests) runLayerTest('cpu with kernels', test);
