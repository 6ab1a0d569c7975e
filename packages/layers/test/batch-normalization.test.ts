import '@normkit/backend-cpu';
import { BatchNormalization, batchNormalization } from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { channelMoments, distance, numbers, valuesOf, weightOf } from './values.ts';

// The keys before the lines are those of the list of other libraries' assertions: K Keras, J TensorFlow.js, and so on.
beforeAll(() => tf.setBackend('cpu'));

const train = (layer: tf.layers.Layer, x: tf.Tensor, mask?: tf.Tensor) =>
  layer.apply(x, { training: true, ...(mask ? { mask } : {}) }) as tf.Tensor;
const infer = (layer: tf.layers.Layer, x: tf.Tensor, mask?: tf.Tensor) =>
  layer.apply(x, mask ? { mask } : {}) as tf.Tensor;

describe('batch normalization', () => {
  it.each([
    { shape: [7, 5, 3], axis: -1 },
    { shape: [7, 5, 3], axis: 1 },
    { shape: [5, 7, 3, 2], axis: -1 },
    { shape: [5, 7, 3, 2], axis: 1 },
  ])('K: in training the channels of $shape along axis $axis have mean 0 and deviation 1', ({ shape, axis }) => {
    const layer = batchNormalization({ axis, momentum: 0, epsilon: 1e-5, betaInitializer: 'randomNormal' });
    let x = numbers(shape, 1, 5, 10);
    for (let pass = 0; pass < 3; pass++) x = train(layer, x);
    const beta = valuesOf(weightOf(layer, 'beta'));
    const { mean, variance } = channelMoments(x, axis);
    for (const [channel, value] of mean.entries()) expect(value).toBeCloseTo(beta[channel] ?? 0, 3);
    for (const value of variance) expect(value).toBeCloseTo(1, 3);
    // Of the third pass, whose input was normalized already: its mean is beta.
    expect(distance(weightOf(layer, 'moving_mean'), weightOf(layer, 'beta'))).toBeLessThan(1e-3);
    for (const value of valuesOf(weightOf(layer, 'moving_variance'))) expect(value).toBeCloseTo(1, 3);
  });

  it('K: inference differs from training before training, and is the same after a step with momentum 0', () => {
    const layer = batchNormalization({ momentum: 0 });
    const x = numbers([7, 3], 1, 2, 3);
    const before = infer(layer, x);
    const y = train(layer, x);
    expect(distance(before, y)).toBeGreaterThan(1);
    expect(distance(infer(layer, x), y)).toBeLessThan(1e-6);
  });

  it('moves its averages by momentum, towards the mean and the population variance (B: not the unbiased)', () => {
    const layer = batchNormalization({ momentum: 0.75, movingMeanInitializer: 'ones' });
    train(layer, tf.tensor2d([[1], [3], [8]]));
    expect(valuesOf(weightOf(layer, 'moving_mean'))[0]).toBeCloseTo(0.75 + 4 / 4, 6);
    expect(valuesOf(weightOf(layer, 'moving_variance'))[0]).toBeCloseTo(0.75 + 26 / 3 / 4, 6);
  });

  it('averages over all batches where that is asked, from the first one on', () => {
    const layer = batchNormalization({ movingAverage: 'cumulative', movingMeanInitializer: 'ones' });
    for (const batch of [
      [1, 3],
      [10, 20],
      [6, 6],
    ])
      train(layer, tf.tensor2d(batch, [2, 1]));
    expect(valuesOf(weightOf(layer, 'moving_mean'))[0]).toBeCloseTo((2 + 15 + 6) / 3, 5);
    expect(valuesOf(weightOf(layer, 'moving_variance'))[0]).toBeCloseTo((1 + 25 + 0) / 3, 5);
    expect(valuesOf(weightOf(layer, 'num_batches_tracked'))).toEqual([3]);
  });

  it('normalizes by the batch at inference where that is asked, and moves nothing then', () => {
    const [layer, usual] = [batchNormalization({ batchStatisticsAtInference: true }), batchNormalization()];
    const x = numbers([7, 3], 1, 2, 3);
    expect(distance(infer(layer, x), train(usual, x))).toBe(0);
    expect(valuesOf(weightOf(layer, 'moving_mean'))).toEqual([0, 0, 0]);
    train(layer, x);
    expect(valuesOf(weightOf(layer, 'moving_mean'))).toEqual(valuesOf(weightOf(usual, 'moving_mean')));
  });

  it('K: a mask changes nothing at inference, and the result in training', () => {
    const layer = batchNormalization();
    const x = numbers([3, 5, 2], 1, 2, 3);
    const mask = tf.cast(
      tf.tensor2d([
        [1, 1, 0, 1, 0],
        [1, 0, 0, 0, 0],
        [0, 1, 1, 1, 1],
      ]),
      'bool',
    );
    expect(distance(infer(layer, x, mask), infer(layer, x))).toBe(0);
    expect(distance(train(layer, x, mask), train(layer, x))).toBeGreaterThan(0.01);
    const deaf = batchNormalization({ maskStatistics: false });
    expect(distance(train(deaf, x, mask), train(deaf, x))).toBe(0);
  });

  it('K: of an input that is masked whole comes no NaN', () => {
    const layer = batchNormalization();
    const y = train(layer, tf.zeros([2, 3, 4]), tf.zeros([2, 3], 'bool'));
    expect(new Set(valuesOf(y))).toEqual(new Set([0]));
  });

  it('K: masked steps are left out of the averages', () => {
    const layer = batchNormalization({ momentum: 0 });
    const x = tf.tensor3d([
      [
        [1, 5],
        [2, 5],
        [9, 9],
        [-7, 3],
      ],
    ]);
    train(layer, x, tf.tensor2d([[1, 1, 0, 0]], undefined, 'bool'));
    expect(valuesOf(weightOf(layer, 'moving_mean'))).toEqual([1.5, 5]);
    expect(valuesOf(weightOf(layer, 'moving_variance'))).toEqual([0.25, 0]);
  });

  it('K: a mask with axes of 1 is broadcast, and the divisor with it', () => {
    const layer = batchNormalization({ momentum: 0 });
    const y = train(layer, tf.ones([1, 2, 3, 4]), tf.tensor3d([[[1], [0]]], undefined, 'bool'));
    expect(distance(y, tf.zeros([1, 2, 3, 4]))).toBeLessThan(1e-6);
    expect(valuesOf(weightOf(layer, 'moving_mean'))).toEqual([1, 1, 1, 1]);
    expect(valuesOf(weightOf(layer, 'moving_variance'))).toEqual([0, 0, 0, 0]);
  });

  it('K: trainable: false is inference, whatever training says, and can be taken back', () => {
    const layer = batchNormalization({ epsilon: 1e-7, momentum: 0.8 });
    const x = numbers([20, 2, 3], 1, 2, 3);
    layer.build(x.shape);
    layer.trainable = false;
    for (let step = 0; step < 3; step++) expect(distance(train(layer, x), x)).toBeLessThan(1e-5);
    expect([layer.trainableWeights.length, layer.nonTrainableWeights.length]).toEqual([0, 4]);
    layer.trainable = true;
    expect([layer.trainableWeights.length, layer.nonTrainableWeights.length]).toEqual([2, 2]);
    for (let step = 0; step < 10; step++) train(layer, x);
    const { mean, variance } = channelMoments(train(layer, x), -1);
    for (const value of mean) expect(value).toBeCloseTo(0, 4);
    for (const value of variance) expect(value).toBeCloseTo(1, 4);
  });

  it.each([
    { name: 'gamma and beta', args: {} },
    { name: 'neither gamma nor beta', args: { center: false, scale: false } },
  ])('with $name stands still in a model that is frozen as a whole, until it is thawed', async ({ args }) => {
    const layer = batchNormalization({ ...args, inputShape: [3] });
    const base = tf.sequential({ layers: [layer] });
    const input = tf.input({ shape: [3] });
    const output = tf.layers.dense({ units: 1 }).apply(base.apply(input)) as tf.SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: output });
    const fit = async () => {
      model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
      await model.fit(numbers([7, 3], 1, 2, 3), tf.ones([7, 1]), { epochs: 2, verbose: 0 });
    };
    const weights = () => layer.getWeights().map(valuesOf);
    const before = weights();
    base.trainable = false;
    await fit();
    expect(weights()).toEqual(before);
    base.trainable = true;
    await fit();
    for (const [index, values] of weights().entries()) expect(values).not.toEqual(before[index]);
  });

  it('M: the averages are never trainable, also after freezing and its opposite', () => {
    const layer = batchNormalization();
    layer.build([null, 3]);
    layer.trainable = false;
    layer.trainable = true;
    for (const name of ['moving_mean', 'moving_variance']) {
      expect((weightOf(layer, name) as tf.Variable).trainable).toBe(false);
    }
  });

  it('K: an average of 70000, more than float16 holds, stays', () => {
    const layer = batchNormalization({ movingVarianceInitializer: tf.initializers.constant({ value: 70000 }) });
    const y = infer(layer, tf.fill([1, 2], 70000 ** 0.5));
    expect(distance(y, tf.ones([1, 2]))).toBeLessThan(1e-6);
    expect(valuesOf(weightOf(layer, 'moving_variance'))).toEqual([70000, 70000]);
  });

  it('J: without arguments the axis is the last one; the output has shape and type of the input', () => {
    const layer = new BatchNormalization();
    expect([layer.axis, layer.momentum, layer.epsilon, layer.center, layer.scale]).toEqual([
      -1,
      0.99,
      1e-3,
      true,
      true,
    ]);
    for (const shape of [[4], [3, 4], [2, 3, 4]]) {
      const symbol = batchNormalization().apply(tf.input({ shape })) as tf.SymbolicTensor;
      expect([symbol.shape, symbol.dtype]).toEqual([[null, ...shape], 'float32']);
    }
  });

  it('J: without gamma, beta or both there are 3, 3 and 2 weights, and inference is the input at first', () => {
    const cases = [
      { args: { center: false }, names: ['gamma', 'moving_mean', 'moving_variance'], initial: [1, 0, 1] },
      { args: { scale: false }, names: ['beta', 'moving_mean', 'moving_variance'], initial: [0, 0, 1] },
      { args: { center: false, scale: false }, names: ['moving_mean', 'moving_variance'], initial: [0, 1] },
    ];
    for (const { args, names, initial } of cases) {
      const layer = batchNormalization(args);
      const x = numbers([5, 1], 3);
      expect(distance(infer(layer, x), x)).toBeLessThan(0.01);
      expect(layer.weights.map(({ originalName }) => originalName.split('/').at(-1))).toEqual(names);
      expect(layer.weights.map((weight) => valuesOf(weight.read())[0])).toEqual(initial);
    }
  });

  it('leaves its averages at a batch without samples', () => {
    const layer = batchNormalization({ movingAverage: 'cumulative' });
    layer.build([null, 3]);
    expect(train(layer, tf.zeros([0, 3])).shape).toEqual([0, 3]);
    expect(valuesOf(weightOf(layer, 'moving_variance'))).toEqual([1, 1, 1]);
    expect(valuesOf(weightOf(layer, 'num_batches_tracked'))).toEqual([0]);
  });

  it('has the gradient of what it computes, of inference too', () => {
    const layer = batchNormalization({ axis: 1 });
    const x = numbers([4, 3, 2], 1, 2, 3);
    layer.build(x.shape);
    const weights = numbers(x.shape, 9);
    const gradient = (training: boolean) =>
      tf.grad((input) => tf.sum(tf.mul(layer.call(input, { training }) as tf.Tensor, weights)))(x);
    expect(distance(gradient(false), tf.mul(weights, 1 / Math.sqrt(1.001)))).toBeLessThan(1e-6);
    // The mean of the batch is taken away, so a shift changes nothing.
    expect(distance(tf.sum(gradient(true), [0, 2]), tf.zeros([3]))).toBeLessThan(1e-5);
  });
});
