import * as tf from '@tensorflow/tfjs';
import { type NormName, normLayer } from './norms.ts';
import { optimizerOf } from './optimizers.ts';
import { CLASSES, SIDE } from './picture.ts';
import type { Settings } from './settings.ts';

/**
 * The tutorial's model: Reshape, Conv2D, the norm, Flatten, Dense, Dropout, Dense. Every initial weight follows from
 * `seed`, so that backends and norms begin alike. `hidden` is the width of the first dense layer.
 */
export function tutorialModel(norm: NormName, seed: number, hidden = 128): tf.Sequential {
  const glorot = (offset: number) => tf.initializers.glorotUniform({ seed: seed + offset });
  const layer = normLayer(norm, seed + 10);
  return tf.sequential({
    layers: [
      tf.layers.reshape({ targetShape: [SIDE, SIDE, 1], inputShape: [SIDE, SIDE] }),
      tf.layers.conv2d({ name: 'conv', filters: 10, kernelSize: [3, 3], kernelInitializer: glorot(0) }),
      ...(layer ? [layer] : []),
      tf.layers.flatten(),
      tf.layers.dense({ name: 'hidden', units: hidden, activation: 'relu', kernelInitializer: glorot(1) }),
      tf.layers.dropout({ name: 'dropout', rate: 0.2, seed }),
      tf.layers.dense({ name: 'digit', units: CLASSES, activation: 'softmax', kernelInitializer: glorot(2) }),
    ],
  });
}

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
