import * as tf from '@tensorflow/tfjs';
import type { NormName } from './norm-names.ts';
import { normLayer } from './norms.ts';
import { CLASSES, SIDE } from './picture.ts';

interface Variation {
  /** The width of the first dense layer. */
  readonly hidden?: number;
  /** The part of that layer's units that a step drops; 0: no such layer. */
  readonly dropout?: number;
}

/**
 * The tutorial's model: Reshape, Conv2D, the norm, Flatten, Dense, Dropout, Dense. Every initial weight follows from
 * `seed`, so that backends and norms begin alike.
 */
export function tutorialModel(
  norm: NormName,
  seed: number,
  { hidden = 128, dropout = 0.2 }: Variation = {},
): tf.Sequential {
  const glorot = (offset: number) => tf.initializers.glorotUniform({ seed: seed + offset });
  const layer = normLayer(norm, seed + 10);
  return tf.sequential({
    layers: [
      tf.layers.reshape({ targetShape: [SIDE, SIDE, 1], inputShape: [SIDE, SIDE] }),
      tf.layers.conv2d({ name: 'conv', filters: 10, kernelSize: [3, 3], kernelInitializer: glorot(0) }),
      ...(layer ? [layer] : []),
      tf.layers.flatten(),
      tf.layers.dense({ name: 'hidden', units: hidden, activation: 'relu', kernelInitializer: glorot(1) }),
      ...(dropout > 0 ? [tf.layers.dropout({ name: 'dropout', rate: dropout, seed })] : []),
      tf.layers.dense({ name: 'digit', units: CLASSES, activation: 'softmax', kernelInitializer: glorot(2) }),
    ],
  });
}
