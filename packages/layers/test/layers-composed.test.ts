import * as tf from '@tensorflow/tfjs';
import { layerTests } from './layer-tests.ts';
import { runLayerTest } from './run-layer-test.ts';

// No backend package is imported here, so every op is composed of TensorFlow.js's own operations.
await tf.setBackend('cpu');
for (const test of layerTests) runLayerTest('cpu without kernels', test);
