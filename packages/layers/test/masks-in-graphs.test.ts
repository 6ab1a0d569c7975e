import '@normkit/backend-cpu';
import { accelerate, batchNormalization, instanceNormalization, recomputeMovingStatistics } from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { largestDifference } from './models.ts';
import { build, randomGraph, type Step, sparseBatch } from './random-graphs.ts';
import { valuesOf, weightOf } from './values.ts';

beforeAll(() => tf.setBackend('cpu'));

const { layers } = tf;

/** One step of training that moves no weight: the loss is the mean of the squares of the output. */
async function meanSquare(model: tf.LayersModel, x: tf.Tensor): Promise<number> {
  model.compile({ optimizer: tf.train.sgd(0), loss: 'meanSquaredError' });
  const shape = [x.shape[0] ?? 0, ...(model.outputs[0]?.shape ?? []).slice(1)] as number[];
  return (await model.trainOnBatch(x, tf.zeros(shape))) as number;
}

/** What a stock model predicts, unless TensorFlow.js disposes a value that it still needs, as it does in some graphs. */
function predicted(model: tf.LayersModel, x: tf.Tensor): tf.Tensor | undefined {
  try {
    return model.predict(x) as tf.Tensor;
  } catch (error) {
    if (/disposed|reading 'backend'/.test((error as Error).message)) return undefined;
    throw error;
  }
}

/** TensorFlow.js has no gradient for the mask of a Masking layer behind layers that train. */
const hasMasking = (graph: readonly Step[]): boolean =>
  graph.some(({ kind, inner }) => kind === 'masking' || (kind === 'model' && hasMasking(inner)));
const canTrain = ([, ...behind]: readonly Step[]): boolean => !hasMasking(behind);

/** A layer of an application's own that calls another, with the arguments that it got itself. */
class Doubled extends tf.layers.Layer {
  static className = 'Doubled';
  private readonly inner: tf.layers.Layer;
  constructor(inner: tf.layers.Layer) {
    super({});
    this.inner = inner;
  }
  override call(inputs: tf.Tensor[], kwargs: Record<string, unknown>): tf.Tensor {
    return tf.tidy(() => this.inner.apply(tf.mul(inputs[0] as tf.Tensor, 2), kwargs) as tf.Tensor);
  }
}

/** A layer that fails until it is told otherwise. */
class Failing extends tf.layers.Layer {
  static className = 'Failing';
  static fails = true;
  override call(inputs: tf.Tensor[]): tf.Tensor {
    if (Failing.fails) throw new Error('on purpose');
    return tf.clone(inputs[0] as tf.Tensor);
  }
}

describe('an accelerated graph', () => {
  it('predicts what the stock layers predict, and trains as Keras defines it, whatever the graph', async () => {
    const seen = { predicted: 0, masked: 0, unmasked: 0, trained: 0 };
    await fc.assert(
      fc.asyncProperty(randomGraph, fc.integer({ min: 1, max: 1000 }), async (graph, seed) => {
        const [stock, ours] = [build(graph, seed), build(graph, seed)];
        accelerate(ours.model);
        const x = sparseBatch(seed);
        const expected = predicted(stock.model, x);
        if (expected) expect(largestDifference(ours.model.predict(x) as tf.Tensor, expected)).toBeLessThan(1e-4);
        seen.predicted += expected ? 1 : 0;
        const { output, masked } = ours.define(x);
        const train = ({ model }: typeof stock) => tf.tidy(() => model.apply(x, { training: true }) as tf.Tensor);
        expect(largestDifference(train(ours), output)).toBeLessThan(1e-3);
        if (!masked) expect(largestDifference(train(stock), output)).toBeLessThan(1e-3);
        if (canTrain(graph)) {
          const defined = valuesOf(tf.mean(tf.square(output)))[0] ?? Number.NaN;
          expect(Math.abs((await meanSquare(ours.model, x)) - defined)).toBeLessThan(1e-3 * Math.max(1, defined));
          seen.trained += 1;
        }
        seen[masked ? 'masked' : 'unmasked'] += 1;
      }),
      { numRuns: 150, seed: 12 },
    );
    for (const times of Object.values(seen)) expect(times).toBeGreaterThan(30);
  });
});

describe('the mask of a layer', () => {
  /** Moving mean and variance after one step, of a batch norm that keeps nothing of what it had. */
  async function statistics(model: tf.LayersModel, norm: tf.layers.Layer, x: tf.Tensor): Promise<number[]> {
    await meanSquare(model, x);
    return [...valuesOf(weightOf(norm, 'moving_mean')), ...valuesOf(weightOf(norm, 'moving_variance'))];
  }
  const row = () => tf.tensor3d([1, 3, 0, 0], [1, 4, 1]);
  const masking = (args = {}) => layers.masking({ maskValue: 0, ...args });
  const identity = (args = {}) =>
    layers.dense({ units: 1, useBias: false, kernelInitializer: 'ones', inputShape: [4, 1], ...args });
  const conv = (args = {}) =>
    layers.conv1d({ filters: 1, kernelSize: 1, useBias: false, kernelInitializer: 'ones', ...args });
  const [counted, all] = [
    [2, 1],
    [1, 1.5],
  ];

  it.each([
    ['goes through models within', (norm) => [masking(), tf.sequential({ layers: [identity(), norm] })], counted],
    [
      'comes out of models within',
      (norm) => [tf.sequential({ layers: [masking({ inputShape: [4, 1] })] }), norm],
      counted,
    ],
    [
      'comes out of models within models',
      (norm) => [
        tf.sequential({ layers: [tf.sequential({ layers: [masking({ inputShape: [4, 1] }), identity()] })] }),
        norm,
      ],
      counted,
    ],
    [
      'ends at a convolution within',
      (norm) => [masking(), tf.sequential({ layers: [conv({ inputShape: [4, 1] })] }), norm],
      all,
    ],
    [
      'goes through TimeDistributed',
      (norm) => [masking(), layers.timeDistributed({ layer: layers.activation({ activation: 'linear' }) }), norm],
      counted,
    ],
    ['goes through a layer that returns its input', (norm) => [masking(), layers.dropout({ rate: 0 }), norm], counted],
    [
      'ends at a recurrent layer without sequences',
      (norm) => [
        masking(),
        layers.simpleRNN({ units: 1, kernelInitializer: 'zeros' }),
        layers.repeatVector({ n: 4 }),
        norm,
      ],
      [0, 0],
    ],
  ] as [string, (norm: tf.layers.Layer) => tf.layers.Layer[], number[]][])('%s', async (_, middle, expected) => {
    const norm = batchNormalization({ momentum: 0 });
    const model = tf.sequential({ layers: [layers.inputLayer({ inputShape: [4, 1] }), ...middle(norm)] });
    const got = await statistics(model, norm, row());
    for (const [index, value] of expected.entries()) expect(got[index]).toBeCloseTo(value, 5);
  });

  it.each([
    ['the layer', (norm: tf.layers.Layer) => norm],
    ['a model with it', (norm: tf.layers.Layer) => tf.sequential({ layers: [identity({ inputShape: [1] }), norm] })],
  ])('is that of one step where TimeDistributed calls %s', async (_, layer) => {
    const norm = batchNormalization({ momentum: 0 });
    const model = tf.sequential({
      layers: [masking({ inputShape: [2, 1] }), layers.timeDistributed({ layer: layer(norm) })],
    });
    // The last step is that of 3 and 0, of which 0 is masked.
    const got = await statistics(model, norm, tf.tensor3d([1, 3, 5, 0], [2, 2, 1]));
    expect(got).toEqual([3, 0]);
  });

  it('is there when TensorFlow.js has disposed of the value that it made it of', () => {
    const model = tf.sequential({
      layers: [
        layers.embedding({ inputDim: 5, outputDim: 2, maskZero: true, inputLength: 3 }),
        layers.activation({ activation: 'linear' }),
        instanceNormalization({ center: false, scale: false, maskStatistics: true }),
      ],
    });
    model.setWeights([tf.tensor2d([9, 9, 1, 2, 3, 6, 0, 0, 0, 0], [5, 2])]);
    const y = model.predict(tf.tensor2d([[1, 2, 0]])) as tf.Tensor;
    expect(Array.from(y.dataSync().slice(0, 4), Math.round)).toEqual([-1, -1, 1, 1]);
  });

  it('outlives the value that TensorFlow.js made it of', () => {
    const model = tf.sequential({
      layers: [
        layers.embedding({ inputDim: 5, outputDim: 4, maskZero: true, inputLength: 3 }),
        layers.lstm({ units: 3, returnSequences: true }),
        layers.timeDistributed({ layer: layers.dense({ units: 2 }) }),
        batchNormalization(),
      ],
    });
    const words = tf.tensor2d([[1, 2, 0]]);
    const before = tf.memory().numTensors;
    const y = model.predict(words) as tf.Tensor;
    expect(y.shape).toEqual([1, 3, 2]);
    y.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is handed on by a layer that applies others by hand', async () => {
    const norm = batchNormalization({ momentum: 0 });
    const model = (...before: tf.layers.Layer[]) =>
      tf.sequential({ layers: [masking({ inputShape: [4, 1] }), ...before, new Doubled(norm), identity()] });
    expect(await statistics(model(conv()), norm, row())).toEqual([2, 6]);
    expect(await statistics(model(), norm, row())).toEqual([4, 4]);
  });

  it('ends for the statistics of recomputeMovingStatistics where it ends for the layer', async () => {
    for (const [before, expected] of [
      [[conv()], all],
      [[], counted],
    ] as const) {
      const norm = batchNormalization();
      const model = tf.sequential({ layers: [masking({ inputShape: [4, 1] }), ...before, norm] });
      await recomputeMovingStatistics(model, [row()]);
      expect([...valuesOf(weightOf(norm, 'moving_mean')), ...valuesOf(weightOf(norm, 'moving_variance'))]).toEqual(
        expected,
      );
    }
  });

  it('is nowhere left behind, nor lost by an error in the middle', async () => {
    const inner = tf.sequential({ layers: [masking({ inputShape: [4, 1] }), identity()] });
    const model = tf.sequential({ layers: [inner, batchNormalization(), new Failing({})] });
    const x = row();
    const before = tf.memory().numTensors;
    expect(() => model.predict(x)).toThrow('on purpose');
    Failing.fails = false;
    (model.predict(x) as tf.Tensor).dispose();
    tf.dispose(tf.tidy(() => model.apply(x, { training: true }) as tf.Tensor));
    expect(tf.memory().numTensors).toBe(before);
  });
});
