import '@normkit/backend-cpu';
import { loadVectors } from '@normkit/vectors/load';
import * as tf from '@tensorflow/tfjs';
import { describeLiterals } from './describe-literals.ts';
import { layerTests } from './layer-tests.ts';
import { runLayerTest } from './run-layer-test.ts';
import { describeTutorial } from './tutorial.ts';

await tf.setBackend('cpu');
for (const test of layerTests) runLayerTest('cpu with kernels', test);
describeLiterals('cpu with kernels', loadVectors());
describeTutorial('cpu with kernels', { samples: 5, epochs: 3 });
