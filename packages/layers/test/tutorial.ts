import { groupNormalization, instanceNormalization, layerNormalization } from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { saved } from './saved-model.ts';

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
 * TensorFlow.js's cpu backend a step takes half a second, most of it Adam's, for the 865,280 weights of the first dense
 * layer: few steps have to do there. Beginning, order and dropout are the same in each run, or the loss of a few steps
 * would fall most times only.
 */
export function describeTutorial(backend: string, { samples, epochs }: { samples: number; epochs: number }): void {
  describe(`the tutorial on ${backend}`, () => {
    for (const [name, norm] of Object.entries(norms)) {
      it(`trains with ${name}, and predicts the same once saved and loaded`, async () => {
        const model = tutorialModel(norm());
        begin(model);
        const { x, y } = digits(samples);
        // Without dropout, so that it is the model's own loss.
        const loss = () => tf.tidy(() => (model.evaluate(x, y) as tf.Scalar[])[0]?.dataSync()[0] ?? Number.NaN);
        const before = loss();
        await model.fit(x, y, { epochs, batchSize: 32, shuffle: false, verbose: 0 });
        expect(loss()).toBeLessThan(0.8 * before);
        const loaded = await tf.loadLayersModel(await saved(model));
        tf.tidy(() => {
          const [own, restored] = [model, loaded].map((each) => (each.predict(x) as tf.Tensor).dataSync());
          expect(restored).toEqual(own);
        });
        expect(loaded.toJSON(null, false)).toEqual(model.toJSON(null, false));
        tf.dispose([x, y]);
        model.dispose();
        loaded.dispose();
      }, 120_000);
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
      tf.layers.dropout({ rate: 0.2, seed: 3 }),
      tf.layers.dense({ units: 10, activation: 'softmax' }),
    ],
  });
  model.compile({ optimizer: 'adam', loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
  return model;
}

/** Gives the weights what their initializers could have given them, and the same each time. */
function begin(model: tf.LayersModel): void {
  tf.tidy(() => {
    for (const [seed, weight] of model.weights.entries()) {
      const shape = weight.shape as number[];
      const [fanOut = 1, fanIn = 1] = [shape.at(-1), tf.util.sizeFromShape(shape.slice(0, -1))];
      const isKernel = weight.originalName.endsWith('/kernel');
      const isUniform = Math.abs(weight.read().dataSync()[0] ?? 0) % 1 !== 0;
      if (isKernel) weight.write(tf.randomNormal(shape, 0, Math.sqrt(2 / (fanIn + fanOut)), 'float32', seed + 1));
      else if (isUniform) weight.write(tf.randomUniform(shape, -0.05, 0.05, 'float32', seed + 1));
    }
  });
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
