import '@normkit/backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { describeCells } from './describe-cells.ts';

await tf.setBackend('cpu');
describeCells('cpu');
