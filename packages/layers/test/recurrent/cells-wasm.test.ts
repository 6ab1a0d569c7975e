import '@normkit/backend-wasm';
import '@normkit/training/wasm';
import * as tf from '@tensorflow/tfjs';
import { describeCells } from './describe-cells.ts';

await tf.setBackend('wasm');
describeCells('wasm');
