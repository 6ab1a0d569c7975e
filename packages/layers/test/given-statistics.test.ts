import { NormkitError } from '@normkit/core';
import { accelerate, batchNormalization, fromTorch, recomputeMovingStatistics } from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';

const x = tf.tensor2d([[1, 2]]);
const vector = (values: number[]) => tf.tensor1d(values);
const weights = (mean: number[], variance: number[]) => [[1, 1], [0, 0], mean, variance].map(vector);
const refusal = (layer: tf.layers.Layer, weight: string, condition: string, got: string) =>
  expect.objectContaining({
    name: 'NormkitError',
    op: `BatchNormalization ${layer.name}`,
    argument: weight,
    message: `[normkit] BatchNormalization ${layer.name}: its weight ${weight} must be finite${condition} in every channel. Got ${got}; such numbers come from a training that diverged, or are values of something else.`,
  });

const wrong: [mean: number[], variance: number[], weight: string, condition: string, got: string][] = [
  [[0, 0], [1, -0.5], 'moving_variance', ', and 0 or more,', '-0.5 in channel 1'],
  [[0, 0], [Number.NaN, 1], 'moving_variance', ', and 0 or more,', 'NaN in channel 0'],
  [[0, Number.POSITIVE_INFINITY], [1, 1], 'moving_mean', '', 'Infinity in channel 1'],
];

const ours = (args: Parameters<typeof batchNormalization>[0] = {}) => {
  const norm = batchNormalization({ inputShape: [2], ...args });
  return { norm, model: tf.sequential({ layers: [norm] }) };
};

describe('averages that no data have', () => {
  it.each(wrong)(
    'mean %j and variance %j are refused by setWeights, and nothing has changed',
    (mean, variance, ...told) => {
      const { norm } = ours();
      const before = norm.getWeights().map((weight) => Array.from(weight.dataSync()));
      const given = weights(mean, variance);
      const { numTensors } = tf.memory();
      expect(() => norm.setWeights(given)).toThrow(refusal(norm, ...told));
      expect(norm.getWeights().map((weight) => Array.from(weight.dataSync()))).toEqual(before);
      expect(tf.memory().numTensors).toBe(numTensors);
    },
  );

  it('are refused where a model is loaded', async () => {
    const stock = tf.sequential({ layers: [tf.layers.batchNormalization({ inputShape: [2], name: 'saved' })] });
    stock.setWeights(weights([0, 0], [-1, 1]));
    const artifacts = await new Promise<tf.io.ModelArtifacts>((resolve) => {
      stock.save(
        tf.io.withSaveHandler(async (saved) => {
          resolve(saved);
          return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
        }),
      );
    });
    const model = ours({ name: 'saved' }).model;
    const { weightSpecs = [], weightData = new ArrayBuffer(0) } = artifacts;
    const named = tf.io.decodeWeights(weightData as ArrayBuffer, weightSpecs);
    expect(() => model.loadWeights(named)).toThrow(
      refusal(model.layers[0] as tf.layers.Layer, wrong[0]?.[2] ?? '', ', and 0 or more,', '-1 in channel 0'),
    );
  });

  it('are refused in a weight and in what an initializer gives', () => {
    const { norm } = ours();
    expect(() => norm.movingVariance?.write(vector([1, Number.NaN]))).toThrow('Got NaN in channel 1');
    const negative = ours({ movingVarianceInitializer: tf.initializers.constant({ value: -2 }) });
    expect(() => negative.model.predict(x)).toThrow(
      refusal(negative.norm, 'moving_variance', ', and 0 or more,', '-2 in channel 0'),
    );
  });

  it('are refused by a stock layer that accelerate has replaced', () => {
    const layer = tf.layers.batchNormalization({ inputShape: [2] });
    const model = tf.sequential({ layers: [layer] });
    layer.setWeights(weights([0, 0], [1, -0.01]));
    accelerate(model);
    expect(() => model.predict(x)).toThrow(NormkitError);
    expect(() => model.predict(x)).toThrow(
      `its weight moving_variance must be finite, and 0 or more, in every channel. Got ${Math.fround(-0.01)} in channel 1`,
    );
    expect(() => layer.setWeights(weights([Number.NaN, 0], [1, 1]))).toThrow(
      'moving_mean must be finite in every channel. Got NaN in channel 0',
    );
    layer.setWeights(weights([0, 0], [1, 0.01]));
    expect((model.predict(x) as tf.Tensor).shape).toEqual([1, 2]);
  });

  it('are refused by fromTorch, and nothing has changed', () => {
    const { norm } = ours();
    const before = norm.getWeights().map((weight) => Array.from(weight.dataSync()));
    const stateDict = { weight: [5, 6], bias: [1, 2], running_mean: [0, 0], running_var: [1, -3] };
    expect(() => fromTorch(norm, stateDict)).toThrow(
      `[normkit] fromTorch: running_var of ${norm.name} must be finite, and 0 or more, in every channel. Got -3 in channel 1`,
    );
    expect(norm.getWeights().map((weight) => Array.from(weight.dataSync()))).toEqual(before);
  });

  it('are refused where renorm averages deviations', () => {
    const { norm } = ours({ renorm: true });
    const given = norm.getWeights().map((weight) => tf.clone(weight));
    given[norm.weights.findIndex(({ originalName }) => originalName.endsWith('moving_stddev'))] = vector([-1, 1]);
    expect(() => norm.setWeights(given)).toThrow('its weight moving_stddev must be finite, and 0 or more');
  });
});

describe('what a training computes is taken as it is', () => {
  it.each([false, true])(
    'a training that diverges shows its NaN, as with stock layers (renorm: %s)',
    async (renorm) => {
      const { norm, model } = ours({ renorm });
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      await model.fit(
        tf.tensor2d([
          [1, Number.NaN],
          [3, 4],
        ]),
        tf.ones([2, 2]),
        { epochs: 1, verbose: 0 },
      );
      expect(norm.movingVariance?.read().dataSync()[1]).toBeNaN();
      expect((model.predict(x) as tf.Tensor).dataSync()[1]).toBeNaN();
      await expect(
        recomputeMovingStatistics(model, [
          tf.tensor2d([
            [1, Number.NaN],
            [3, 4],
          ]),
        ]),
      ).rejects.toThrow(NormkitError);
      expect(norm.movingVariance?.read().dataSync()[1]).toBeNaN();
      await recomputeMovingStatistics(model, [
        tf.tensor2d([
          [1, 2],
          [3, 4],
        ]),
      ]);
      expect(Array.from(norm.movingMean?.read().dataSync() ?? [])).toEqual([2, 3]);
    },
  );

  it('no weight is read while a model trains', async () => {
    for (const renorm of [false, true]) {
      const { model } = ours({ renorm });
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      const [xs, ys] = [tf.randomNormal([4, 2]), tf.ones([4, 2])];
      await model.trainOnBatch(xs, ys);
      const backend = tf.backend();
      const readSync = backend.readSync.bind(backend);
      let reads = 0;
      backend.readSync = (dataId) => {
        reads += 1;
        return readSync(dataId);
      };
      const step = () => tf.variableGrads(() => tf.mean(model.apply(xs, { training: true }) as tf.Tensor) as tf.Scalar);
      tf.tidy(() => void step());
      tf.tidy(() => void (model.apply(xs) as tf.Tensor));
      backend.readSync = readSync;
      expect(reads).toBe(0);
    }
  });
});
