import * as tf from '@tensorflow/tfjs';
import { describeCells } from './describe-cells.ts';

// No backend package is imported here, so every op is composed of TensorFlow.js's own operations.
await tf.setBackend('cpu');
describeCells('cpu without kernels');
