import '@normkit/backend-cpu';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { numbers, valuesOf } from './values.ts';

/** TensorFlow.js's own, as long as this package is not imported. */
const untouched = tf.layers.Layer.prototype.apply;
let watched = untouched;

beforeAll(async () => {
  await tf.setBackend('cpu');
  await import('@normkit/layers');
  watched = tf.layers.Layer.prototype.apply;
  expect(watched).not.toBe(untouched);
});
afterAll(() => {
  tf.layers.Layer.prototype.apply = watched;
});

const { layers } = tf;
const seed = (at: number) => tf.initializers.randomUniform({ minval: -0.7, maxval: 0.7, seed: at });
const lstm = (returnSequences: boolean) =>
  layers.lstm({ units: 3, returnSequences, kernelInitializer: seed(1), recurrentInitializer: seed(2) });
const dense = (units: number, args = {}) => layers.dense({ units, kernelInitializer: seed(3), ...args });
const words = (args = {}) =>
  layers.embedding({
    inputDim: 6,
    outputDim: 4,
    maskZero: true,
    inputLength: 5,
    embeddingsInitializer: seed(4),
    ...args,
  });

/** Models in which masks go every way, of words: [batch, 5]. */
const models: Record<string, () => tf.LayersModel> = {
  'a recurrent layer, each step and a dense layer': () =>
    tf.sequential({
      layers: [words(), lstm(true), layers.timeDistributed({ layer: dense(2) }), layers.flatten(), dense(1)],
    }),
  'two recurrent layers, both ways': () =>
    tf.sequential({
      layers: [words(), layers.bidirectional({ layer: lstm(true), mergeMode: 'concat' }), lstm(false), dense(1)],
    }),
  'a recurrent layer behind a convolution, which ends the mask': () =>
    tf.sequential({
      layers: [
        words(),
        layers.conv1d({ filters: 3, kernelSize: 2, kernelInitializer: seed(5) }),
        lstm(false),
        dense(1),
      ],
    }),
  'norms and dropout between': () =>
    tf.sequential({
      layers: [
        words(),
        layers.batchNormalization(),
        layers.dropout({ rate: 0.5, seed: 7 }),
        layers.layerNormalization(),
        lstm(false),
        dense(1),
      ],
    }),
  'a model within a model': () =>
    tf.sequential({
      layers: [
        words(),
        tf.sequential({ layers: [dense(4, { inputShape: [5, 4] }), layers.batchNormalization()] }),
        lstm(false),
        dense(1),
      ],
    }),
  'branches that are joined': () => {
    const x = tf.input({ shape: [5] });
    const embedded = words().apply(x);
    const [a, b] = [lstm(true).apply(embedded), dense(3).apply(embedded)] as tf.SymbolicTensor[];
    const all = layers.concatenate().apply([a, b] as tf.SymbolicTensor[]);
    return tf.model({ inputs: x, outputs: dense(1).apply(lstm(false).apply(all)) as tf.SymbolicTensor });
  },
};

const x = () =>
  tf.tensor2d([
    [1, 2, 0, 3, 0],
    [4, 0, 0, 5, 1],
    [2, 3, 4, 5, 1],
  ]);

/** What a model predicts before and after two steps, and the losses, and how many tensors it left. */
async function course(make: () => tf.LayersModel, apply: typeof untouched): Promise<number[]> {
  tf.layers.Layer.prototype.apply = apply;
  const model = make();
  const [given, target] = [x(), numbers([3, 1], 9)];
  model.compile({ optimizer: tf.train.sgd(0.1), loss: 'meanSquaredError' });
  const predict = () => {
    const y = model.predict(given) as tf.Tensor;
    const values = valuesOf(y);
    y.dispose();
    return values;
  };
  const first = predict();
  const before = tf.memory().numTensors;
  const { history } = await model.fit(given, target, { epochs: 2, batchSize: 3, shuffle: false, verbose: 0 });
  const evaluated = valuesOf(model.evaluate(given, target) as tf.Tensor);
  const last = predict();
  return [...first, ...last, ...(history['loss'] as number[]), ...evaluated, tf.memory().numTensors - before];
}

describe('importing this package changes nothing of a stock model:', () => {
  it('models that are applied by hand, one to the output of the other, in a loop of one’s own', () => {
    const encoder = tf.sequential({ layers: [words(), layers.activation({ activation: 'relu' })] });
    const decoder = tf.sequential({
      layers: [layers.timeDistributed({ layer: dense(2), inputShape: [5, 4] }), layers.flatten(), dense(1)],
    });
    const run = (apply: typeof untouched) => {
      tf.layers.Layer.prototype.apply = apply;
      const before = tf.memory().numTensors;
      const { value, grads } = tf.variableGrads(
        () => tf.sum(decoder.apply(encoder.apply(x())) as tf.Tensor) as tf.Scalar,
      );
      const values = [value, ...Object.values(grads)].flatMap(valuesOf);
      tf.dispose([value, grads]);
      return [...values, tf.memory().numTensors - before];
    };
    expect(run(watched)).toEqual(run(untouched));
  });

  it('a layer that applies others in its call leaves what it left', () => {
    class Within extends tf.layers.Layer {
      static className = 'Within';
      private readonly masking = layers.masking({ maskValue: 0 });
      override call(inputs: tf.Tensor): tf.Tensor {
        return this.masking.apply(inputs) as tf.Tensor;
      }
    }
    const layer = new Within({});
    const given = tf.ones([2, 3, 4]);
    const left = (apply: typeof untouched) => {
      tf.layers.Layer.prototype.apply = apply;
      layer.apply(given);
      const before = tf.memory().numTensors;
      layer.apply(given);
      return tf.memory().numTensors - before;
    };
    expect(left(watched)).toBe(left(untouched));
  });

  it.each(Object.entries(models))('%s', async (_, make) => {
    expect(await course(make, watched)).toEqual(await course(make, untouched));
  });
});
