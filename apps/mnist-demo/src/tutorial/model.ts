import type * as tf from '@tensorflow/tfjs';
import { optimizerOf } from './optimizers.ts';
import type { Settings } from './settings.ts';

/** With an optimizer that remembers nothing yet. */
export function compile(model: tf.LayersModel, { optimizer, learningRate }: Settings): void {
  model.compile({
    optimizer: optimizerOf(optimizer, learningRate),
    loss: 'sparseCategoricalCrossentropy',
    metrics: ['accuracy'],
  });
}

/**
 * The mask of the next step. TensorFlow.js's layer takes one seed and would drop the same units at every step; without
 * a seed, other ones at every run and on every backend.
 */
export function seedDropout(model: tf.LayersModel, seed: number): void {
  Object.assign(model.getLayer('dropout'), { seed });
}
