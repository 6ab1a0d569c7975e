import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { accelerate, batchNormalization, foldBatchNorm } from '../src/index.ts';
import { batchNorms, largestDifference, randomizeWeights } from './models.ts';

beforeAll(() => tf.setBackend('cpu'));

const { layers } = tf;
type Make = () => tf.layers.Layer;

/** [what is folded into, input shape without the batch, the layer before] */
const targets: [string, number[], Make][] = [
  ['Dense', [5], () => layers.dense({ units: 3 })],
  ['Dense of a sequence', [7, 5], () => layers.dense({ units: 3, useBias: false })],
  ['Conv1D', [11, 2], () => layers.conv1d({ filters: 3, kernelSize: 5 })],
  ['Conv2D', [7, 5, 2], () => layers.conv2d({ filters: 3, kernelSize: [3, 2], strides: 2, padding: 'same' })],
  ['Conv2D without bias', [7, 5, 2], () => layers.conv2d({ filters: 3, kernelSize: 3, useBias: false })],
  ['Conv3D', [5, 3, 7, 2], () => layers.conv3d({ filters: 3, kernelSize: 2 })],
  ['Conv2DTranspose', [5, 3, 2], () => layers.conv2dTranspose({ filters: 3, kernelSize: 3, strides: 2 })],
  ['Conv3DTranspose', [3, 2, 5, 2], () => layers.conv3dTranspose({ filters: 3, kernelSize: 2 })],
  ['DepthwiseConv2D', [7, 5, 3], () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2 })],
  ['SeparableConv2D', [7, 5, 3], () => layers.separableConv2d({ filters: 5, kernelSize: 3, depthMultiplier: 2 })],
];

function predictions(model: tf.LayersModel, folded: tf.LayersModel): [tf.Tensor, tf.Tensor] {
  const [, ...shape] = model.inputs[0]?.shape ?? [];
  const x = tf.randomNormal([2, ...(shape as number[])], 1, 2, 'float32', 5);
  return [model.predict(x) as tf.Tensor, folded.predict(x) as tf.Tensor];
}

describe('foldBatchNorm of a stock batch norm that is not along the last axis', () => {
  it('gives the output that is right, which that of the model is not', () => {
    const model = tf.sequential({
      layers: [
        layers.conv2d({ inputShape: [2, 7, 5], filters: 3, kernelSize: 3, dataFormat: 'channelsFirst' }),
        layers.batchNormalization({ axis: 1 }),
      ],
    });
    randomizeWeights(model, 7);
    const [stock, folded] = predictions(model, foldBatchNorm(model).model);
    accelerate(model);
    const [right] = predictions(model, model);
    expect(largestDifference(folded, right)).toBeLessThan(1e-4);
    expect(largestDifference(stock, right)).toBeGreaterThan(0.1);
  });
});

describe.each(batchNorms)('foldBatchNorm of %s', (whose, norm) => {
  // TensorFlow.js's own batch norm has no rank 5.
  const covered = targets.filter(([, { length }]) => whose === 'ours' || length < 4);

  it.each(covered)('into %s gives the same output', (_name, inputShape, before) => {
    const model = tf.sequential({
      layers: [
        layers.inputLayer({ inputShape }),
        before(),
        norm({ epsilon: 0.01 }),
        layers.activation({ activation: 'tanh' }),
      ],
    });
    randomizeWeights(model, 3);
    const { model: folded, folded: list, left } = foldBatchNorm(model);
    expect(list).toHaveLength(1);
    expect(left).toEqual([]);
    expect(folded.layers).toHaveLength(3);
    const [expected, received] = predictions(model, folded);
    expect(largestDifference(received, expected)).toBeLessThan(1e-5);
  });

  it.each([
    [true, false],
    [false, true],
    [false, false],
  ])('with center %s and scale %s', (center, scale) => {
    const model = tf.sequential({ layers: [layers.dense({ units: 3, inputShape: [5] }), norm({ center, scale })] });
    randomizeWeights(model, 7);
    const { model: folded } = foldBatchNorm(model);
    const [expected, received] = predictions(model, folded);
    expect(folded.layers.map((layer) => layer.getClassName())).toEqual(['Dense']);
    expect(largestDifference(received, expected)).toBeLessThan(1e-5);
  });
});

describe('foldBatchNorm', () => {
  const named = (name: string) => batchNormalization({ name });
  const dense = (name: string, args = {}) => layers.dense({ units: 4, name, ...args });

  it('folds in graphs and in models within models, and leaves the model as it was', () => {
    const inner = tf.sequential({
      name: 'inner',
      layers: [dense('d', { inputShape: [4] }), named('n'), layers.reLU()],
    });
    const x = tf.input({ shape: [4] });
    const a = named('bn').apply(dense('a').apply(x)) as tf.SymbolicTensor;
    const b = inner.apply(a) as tf.SymbolicTensor;
    const c = named('last').apply(dense('c').apply(layers.add().apply([a, b]))) as tf.SymbolicTensor;
    const model = tf.model({ inputs: x, outputs: [c, b] });
    randomizeWeights(model, 11);
    const before = JSON.stringify(model.toJSON(null, false));
    const { model: folded, folded: list, left } = foldBatchNorm(model);
    expect(list).toEqual([
      { batchNorm: 'bn', into: 'a' },
      { batchNorm: 'inner/n', into: 'inner/d' },
      { batchNorm: 'last', into: 'c' },
    ]);
    expect(left).toEqual([]);
    expect(JSON.stringify(model.toJSON(null, false))).toBe(before);
    const input = tf.randomNormal([3, 4], 0, 1, 'float32', 1);
    const [expected, received] = [model, folded].map((net) => net.predict(input) as tf.Tensor[]);
    for (const index of [0, 1]) {
      expect(largestDifference(received?.[index] as tf.Tensor, expected?.[index] as tf.Tensor)).toBeLessThan(1e-5);
    }
    expect(folded.layers.map(({ name }) => name)).not.toContain('bn');
  });

  it('folds two in a row, and past a constraint, which would undo it', () => {
    const model = tf.sequential({
      layers: [dense('d', { inputShape: [4], kernelConstraint: 'nonNeg' }), named('one'), named('two')],
    });
    randomizeWeights(model, 13);
    model.getLayer('one').setWeights(
      model
        .getLayer('one')
        .getWeights()
        .map((weight, index) => (index === 0 ? weight.neg() : weight)),
    );
    const { model: folded, folded: list } = foldBatchNorm(model);
    expect(list).toEqual([
      { batchNorm: 'one', into: 'd' },
      { batchNorm: 'two', into: 'd' },
    ]);
    const [expected, received] = predictions(model, folded);
    expect(largestDifference(received, expected)).toBeLessThan(1e-5);
  });

  it('leaves what cannot be folded, says why, and the output stays', () => {
    const x = tf.input({ shape: [4], name: 'x' });
    const chain = (...list: tf.layers.Layer[]) =>
      list.reduce((tensor, layer) => layer.apply(tensor) as tf.SymbolicTensor, x);
    const shared = named('shared');
    const used = dense('used').apply(x) as tf.SymbolicTensor;
    const twice = dense('twice');
    const outputs = [
      chain(named('first')),
      chain(dense('relu', { activation: 'relu' }), named('activated')),
      chain(dense('dropped'), layers.dropout({ rate: 0.5, name: 'dropout' }), named('after_dropout')),
      shared.apply(shared.apply(dense('x1').apply(x))) as tf.SymbolicTensor,
      layers.add().apply([used, named('of_used').apply(used) as tf.SymbolicTensor]) as tf.SymbolicTensor,
      named('of_twice').apply(twice.apply(twice.apply(x))) as tf.SymbolicTensor,
      chain(dense('x2'), batchNormalization({ name: 'batch', batchStatisticsAtInference: true })),
      chain(
        layers.reshape({ targetShape: [3, 4, 1].map((size) => size).slice(1) }),
        layers.conv1d({ filters: 2, kernelSize: 1, name: 'conv' }),
        batchNormalization({ axis: 1, name: 'time' }),
      ),
      chain(layers.repeatVector({ n: 3 }), layers.timeDistributed({ layer: named('inner'), name: 'steps' })),
      named('called_training').apply(dense('x3').apply(x), { training: true }) as tf.SymbolicTensor,
    ];
    const model = tf.model({ inputs: x, outputs });
    randomizeWeights(model, 17);
    const { model: copy, folded, left } = foldBatchNorm(model);
    expect(folded).toEqual([]);
    expect(Object.fromEntries(left.map(({ layer, why }) => [layer, why]))).toEqual({
      first: 'the layer before it, x (InputLayer), is not a convolution or dense layer.',
      activated: 'the activation relu of relu is between.',
      after_dropout: 'the layer before it, dropout (Dropout), is not a convolution or dense layer.',
      shared: 'it is shared: it is called 2 times.',
      of_used: 'the output of used is used 2 times, and the other uses need it as it is.',
      of_twice: 'the layer before it, twice, is shared: it is called 2 times.',
      batch: 'it normalizes with the statistics of the batch at inference too.',
      time: 'its axis 1 is not that of the channels of conv.',
      'steps/inner': 'it is within steps, which is not a model.',
      called_training: 'it normalizes with the statistics of the batch at inference too.',
    });
    const input = tf.randomNormal([3, 4], 0, 1, 'float32', 1);
    const [expected = [], received = []] = [model, copy].map((net) => net.predict(input) as tf.Tensor[]);
    for (const [index, output] of expected.entries()) {
      expect(received[index]?.dataSync()).toEqual(output.dataSync());
    }
  });

  it('gives the same output for any stack of layers, and folds exactly those that follow a linear layer', () => {
    const kinds = {
      dense: () => layers.dense({ units: 4 }),
      tanh: () => layers.dense({ units: 4, activation: 'tanh', useBias: false }),
      dropout: () => layers.dropout({ rate: 0.5 }),
      norm: () => batchNormalization(),
      stock: () => layers.batchNormalization({ scale: false }),
    };
    const kind = fc.constantFrom(...(Object.keys(kinds) as (keyof typeof kinds)[]));
    fc.assert(
      fc.property(fc.array(kind, { minLength: 1, maxLength: 8 }), fc.integer({ min: 0, max: 999 }), (stack, seed) => {
        tf.tidy(() => {
          const model = tf.sequential({
            layers: [layers.inputLayer({ inputShape: [4] }), ...stack.map((name) => kinds[name]())],
          });
          randomizeWeights(model, seed);
          const { model: folded, folded: list } = foldBatchNorm(model);
          const chain = stack.join(' ').replace(/stock/g, 'norm');
          const follow = [...chain.matchAll(/dense((?: norm)+)/g)].flatMap(([, norms = '']) => norms.trim().split(' '));
          expect(list).toHaveLength(follow.length);
          const [expected, received] = predictions(model, folded);
          expect(largestDifference(received, expected)).toBeLessThan(1e-5);
          model.dispose();
          folded.dispose();
        });
      }),
      { numRuns: 25 },
    );
  });

  it('makes no tensors but the weights of the new model', () => {
    const model = tf.sequential({ layers: [dense('d', { inputShape: [4], useBias: false }), named('n'), dense('e')] });
    const before = tf.memory().numTensors;
    const { model: folded } = foldBatchNorm(model);
    expect(tf.memory().numTensors).toBe(before + 4);
    folded.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('says what a model is', () => {
    expect(() => foldBatchNorm({} as tf.LayersModel)).toThrow('[normkit] foldBatchNorm: model must be a model');
  });
});
