import '@normkit/backend-wasm';
import '@normkit/backend-wasm/training';
import * as tf from '@tensorflow/tfjs';
import { describeCells } from './describe-cells.ts';

await tf.setBackend('wasm');
describeCells('wasm');
