import { groupNormalization, instanceNormalization, layerNormalization } from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { saved } from './run-layer-test.ts';

/** The normalization layers of the tutorial, with its arguments. */
const norms = {
  'group norm': () => groupNormalization({ groups: 5, axis: 3 }),
  'instance norm': () =>
    instanceNormalization({
      axis: 3,
      center: true,
      scale: true,
      betaInitializer: 'random_uniform',
      gammaInitializer: 'random_uniform',
    }),
  'layer norm': () => layerNormalization({ axis: 3, center: true, scale: true }),
};

/**
 * The tutorial's three models, built as there: they train, and are saved and loaded to the same predictions. On
 * TensorFlow.js's cpu backend a step takes a second, of which nearly all is the first dense layer's.
 */
export function describeTutorial(
  backend: string,
  { samples, batchSize }: { samples: number; batchSize: number },
): void {
  describe(`the tutorial on ${backend}`, () => {
    for (const [name, norm] of Object.entries(norms)) {
      it(`trains with ${name}, and predicts the same once saved and loaded`, async () => {
        const model = tutorialModel(norm());
        const { x, y } = digits(samples);
        const { history } = await model.fit(x, y, { epochs: 4, batchSize, verbose: 0 });
        const losses = history['loss'] as number[];
        expect(losses.every(Number.isFinite)).toBe(true);
        expect(losses.at(-1)).toBeLessThan(0.8 * (losses[0] ?? 0));
        const loaded = await tf.loadLayersModel(await saved(model));
        tf.tidy(() => {
          const [before, after] = [model, loaded].map((each) => (each.predict(x) as tf.Tensor).dataSync());
          expect(after).toEqual(before);
        });
        expect(loaded.toJSON(null, false)).toEqual(model.toJSON(null, false));
        tf.dispose([x, y]);
        model.dispose();
        loaded.dispose();
      });
    }
  });
}

function tutorialModel(norm: tf.layers.Layer): tf.Sequential {
  const model = tf.sequential({
    layers: [
      tf.layers.reshape({ targetShape: [28, 28, 1], inputShape: [28, 28] }),
      tf.layers.conv2d({ filters: 10, kernelSize: [3, 3], dataFormat: 'channelsLast' }),
      norm,
      tf.layers.flatten(),
      tf.layers.dense({ units: 128, activation: 'relu' }),
      tf.layers.dropout({ rate: 0.2 }),
      tf.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

/** Noisy pictures of ten kinds, each with a bar at a height of its own. */
function digits(count: number): { x: tf.Tensor; y: tf.Tensor } {
  return tf.tidy(() => {
    const labels = Array.from({ length: count }, (_, index) => (index * 7) % 10);
    const bars = labels.map((label) =>
      Array.from({ length: 28 }, (_, row) => new Array(28).fill(row >= 2 * label + 4 && row < 2 * label + 7 ? 1 : 0)),
    );
    const noise = tf.randomUniform([count, 28, 28], 0, 0.3, 'float32', 5);
    return { x: tf.add(tf.tensor3d(bars), noise), y: tf.tensor1d(labels) };
  });
}
