import '@normkit/backend-cpu';
import { groupNorm } from '@normkit/core';
import {
  batchNormalization,
  ContribInstanceNormalization,
  GroupNormalization,
  groupNormalization,
  InstanceNormalization,
  instanceNormalization,
} from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { distance, fromConfig, numbers, valuesOf, weightOf } from './values.ts';

// The keys before the lines are those of the list of other libraries' assertions: K Keras, T Addons, and so on.
beforeAll(() => tf.setBackend('cpu'));

const call = (layer: tf.layers.Layer, x: tf.Tensor) => layer.apply(x) as tf.Tensor;

describe('group normalization', () => {
  it('K: has 32 groups, two weights and two losses, and hands masks on', () => {
    const layer = groupNormalization({ gammaRegularizer: 'l2', betaRegularizer: 'l2' });
    layer.build([null, 3, 64]);
    expect([layer.groups, layer.axis, layer.epsilon]).toEqual([32, -1, 1e-3]);
    expect([layer.trainableWeights.length, layer.nonTrainableWeights.length, layer.losses.length]).toEqual([2, 0, 2]);
    expect(layer.supportsMasking).toBe(true);
  });

  it('K, J: an open channel axis is refused, and says what to do', () => {
    const layer = groupNormalization({ groups: 2, name: 'norm' });
    expect(() => layer.build([null, 28, null])).toThrow(
      '[normkit] GroupNormalization norm: axis 2 of the input must have a defined extent, for gamma and beta have its size. Got shape [null,28,null]',
    );
    const symbol = tf.input({ shape: [3, null] });
    expect(() => layer.apply(symbol)).toThrow('Got shape [null,3,null]');
    expect(() => batchNormalization({ axis: 0 }).apply(symbol)).toThrow(
      'axis 0 of the input must have a defined extent',
    );
  });

  it('K: more groups than channels, and groups that do not divide them, are refused', () => {
    const build = (groups: number) => () => groupNormalization({ groups }).build([null, 3, 4]);
    expect(build(5)).toThrow(
      'groups cannot be more than the number of channels. Got shape [null,3,4] (axis -1 = 4) with groups = 5; use groups 1, 2 or 4',
    );
    expect(build(3)).toThrow('the number of channels must be divisible by groups');
    expect(() => groupNormalization({ groups: 5 }).computeOutputShape([null, 3, 4])).toThrow('groups cannot be more');
  });

  it.each([0, -2, 1.5, '32'])('K: groups %s are refused when the layer is made', (groups) => {
    expect(() => groupNormalization({ groups: groups as number })).toThrow(/groups must be a positive integer, or -1/);
  });

  it('T: axis 0 is refused when the layer is made', () => {
    expect(() => groupNormalization({ axis: 0 })).toThrow('axis 0 is the batch');
    expect(() => instanceNormalization({ axis: -3 }).build([null, 3, 4])).toThrow('is the batch axis');
    expect(() => groupNormalization({ axis: 4 }).build([null, 3, 4])).toThrow('axis 4 is out of bounds');
  });

  it('K: groups -1 are as many as there are channels', () => {
    const x = numbers([2, 5, 6], 1);
    const [one, all] = [groupNormalization({ groups: -1 }), groupNormalization({ groups: 6 })];
    expect(distance(call(one, x), call(all, x))).toBe(0);
    expect(distance(call(instanceNormalization(), x), call(all, x))).toBe(0);
    expect(one.getConfig()['groups']).toBe(-1);
  });

  it('F: with one sample and a group per channel it is batch normalization', () => {
    const x = numbers([1, 5, 6], 1, 2, 3);
    const batch = batchNormalization().apply(x, { training: true }) as tf.Tensor;
    expect(distance(call(groupNormalization({ groups: 6 }), x), batch)).toBeLessThan(1e-6);
  });

  it('multiplies by gamma and adds beta, by channel', () => {
    const layer = groupNormalization({ groups: 2, axis: 1 });
    const x = numbers([2, 4, 3], 1, 2, 3);
    layer.build(x.shape);
    const [gamma, beta] = [numbers([4], 2), numbers([4], 3)];
    layer.setWeights([gamma, beta]);
    expect(distance(call(layer, x), groupNorm(x, { groups: 2, axis: 1, gamma, beta }))).toBe(0);
  });

  it('T: computing the output shape creates no weights, and building creates them once', () => {
    const layer = groupNormalization({ groups: 2 });
    expect(layer.computeOutputShape([null, 7, 4])).toEqual([null, 7, 4]);
    expect(layer.weights).toEqual([]);
    layer.apply(tf.input({ shape: [7, 4] }));
    layer.computeOutputShape([null, 7, 4]);
    call(layer, tf.zeros([1, 7, 4]));
    expect(layer.weights).toHaveLength(2);
  });

  it('T: constraints hold after each step of training', async () => {
    const layer = groupNormalization({
      groups: 2,
      gammaConstraint: 'nonNeg',
      betaConstraint: { className: 'NonNeg' },
      inputShape: [4],
    });
    const model = tf.sequential({ layers: [layer] });
    model.compile({ optimizer: tf.train.sgd(5), loss: 'meanSquaredError' });
    const x = numbers([8, 4], 1);
    await model.fit(x, tf.sub(tf.neg(x), 2), { epochs: 3, verbose: 0 });
    for (const name of ['gamma', 'beta']) {
      expect(Math.min(...valuesOf(weightOf(layer, name))), name).toBe(0);
    }
  });

  it('T/C: after training the output without beta and gamma has mean 0 and deviation 1', async () => {
    const layer = groupNormalization({ groups: 2, inputShape: [6, 4] });
    const model = tf.sequential({ layers: [layer] });
    model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
    const x = numbers([20, 6, 4], 1, 10, 5);
    await model.fit(x, x, { epochs: 3, verbose: 0 });
    const [gamma, beta] = [weightOf(layer, 'gamma'), weightOf(layer, 'beta')];
    const normalized = tf.div(tf.sub(model.predict(x) as tf.Tensor, beta), gamma);
    const { mean, variance } = tf.moments(tf.reshape(normalized, [20, 6, 2, 2]), [1, 3]);
    expect(distance(mean, tf.zeros([20, 2]))).toBeLessThan(1e-4);
    expect(distance(variance, tf.ones([20, 2]))).toBeLessThan(1e-3);
  });

  it('F: an activation is a layer behind it', () => {
    const x = numbers([2, 3, 4], 1);
    const model = tf.sequential({
      layers: [groupNormalization({ groups: 2, inputShape: [3, 4] }), tf.layers.activation({ activation: 'relu' })],
    });
    expect(distance(model.predict(x) as tf.Tensor, tf.relu(groupNorm(x, { groups: 2 })))).toBe(0);
    expect(() => groupNormalization({ activation: 'relu' } as object)).toThrow("there is no argument 'activation'");
  });
});

describe('instance normalization', () => {
  it('T: is a group normalization, whose groups nothing can change', () => {
    expect(instanceNormalization()).toBeInstanceOf(GroupNormalization);
    expect(instanceNormalization().groups).toBe(-1);
    const restored = fromConfig(InstanceNormalization, { groups: 3, axis: 1 });
    expect([restored.groups, restored.axis]).toEqual([-1, 1]);
    expect(() => instanceNormalization({ groups: 3 } as object)).toThrow("there is no argument 'groups'");
  });

  it('F, P: keeps no averages: training changes no weight, and inference is the same', () => {
    const layer = instanceNormalization();
    const x = numbers([2, 5, 3], 1, 2, 3);
    expect(distance(layer.apply(x, { training: true }) as tf.Tensor, call(layer, x))).toBe(0);
    expect(layer.nonTrainableWeights).toEqual([]);
    expect(() => instanceNormalization({ momentum: 1 } as object)).toThrow("there is no argument 'momentum'");
  });
});

describe("keras-contrib's layers", () => {
  it('C: instance normalization divides by the deviation plus epsilon, of the whole sample', () => {
    const layer = new ContribInstanceNormalization({ epsilon: 0.5 });
    const y = call(
      layer,
      tf.tensor3d([
        [
          [1, 2],
          [5, 8],
        ],
        [
          [0, 0],
          [0, 4],
        ],
      ]),
    );
    const deviations = [Math.sqrt(30 / 4), Math.sqrt(3)];
    const expected = [-3, -2, 1, 4, -1, -1, -1, 3].map(
      (value, index) => value / ((deviations[index < 4 ? 0 : 1] ?? 0) + 0.5),
    );
    expect(distance(y, tf.tensor3d(expected, [2, 2, 2]))).toBeLessThan(1e-6);
    expect(layer.weights.map(({ shape }) => shape)).toEqual([[1], [1]]);
  });

  it('C: by channel each channel of each sample has its own', () => {
    const layer = new ContribInstanceNormalization({ axis: -1, epsilon: 1e-3 });
    const x = numbers([2, 5, 7, 3], 1, 2, 3);
    const { mean, variance } = tf.moments(x, [1, 2], true);
    const expected = tf.div(tf.sub(x, mean), tf.add(tf.sqrt(variance), 1e-3));
    layer.build(x.shape);
    const [gamma, beta] = [numbers([3], 2), numbers([3], 3)];
    layer.setWeights([gamma, beta]);
    expect(distance(call(layer, x), tf.add(tf.mul(expected, gamma), beta))).toBeLessThan(1e-5);
  });

  it('a constant sample is beta, and has a gradient without NaN', () => {
    const layer = new ContribInstanceNormalization();
    layer.build([null, 3, 2]);
    const x = tf.fill([1, 3, 2], 7);
    expect(new Set(valuesOf(call(layer, x)))).toEqual(new Set([0]));
    const gradient = tf.grad((input) => tf.sum(tf.mul(layer.call(input, {}) as tf.Tensor, numbers([1, 3, 2], 3))))(x);
    expect(valuesOf(gradient).every(Number.isFinite)).toBe(true);
  });

  it('C: an axis that leaves nothing to normalize is refused', () => {
    expect(() => new ContribInstanceNormalization({ axis: 0 })).toThrow('axis 0 is the batch');
    expect(() => new ContribInstanceNormalization({ axis: 1 }).build([null, 3])).toThrow('leaves nothing to normalize');
    expect(() => new ContribInstanceNormalization().build([null])).toThrow('must have axes beside the batch');
  });

  it('groups of group normalization are runs of the flattened sample, with gamma by group and place', () => {
    const layer = groupNormalization({ groups: 2, kerasContrib: true, epsilon: 0 });
    const x = numbers([3, 2, 5, 4], 1, 2, 3);
    layer.build(x.shape);
    const [gamma, beta] = [numbers([4], 2), numbers([4], 3)];
    layer.setWeights([gamma, beta]);
    const runs = tf.reshape(x, [3, 2, 20]);
    const { mean, variance } = tf.moments(runs, 2, true);
    const normalized = tf.reshape(tf.div(tf.sub(runs, mean), tf.sqrt(variance)), [3, 2, 10, 2]);
    const shaped = (values: tf.Tensor) => tf.reshape(values, [1, 2, 1, 2]);
    const expected = tf.reshape(tf.add(tf.mul(normalized, shaped(gamma)), shaped(beta)), x.shape);
    expect(distance(call(layer, x), expected)).toBeLessThan(1e-5);
    const usual = groupNorm(x, { groups: 2, gamma, beta, epsilon: 0 });
    expect(distance(expected, usual)).toBeGreaterThan(0.1);
  });

  it('with the channels in front its groups are of the usual kind', () => {
    const x = numbers([3, 4, 5], 1, 2, 3);
    const [contrib, usual] = [true, false].map((kerasContrib) =>
      groupNormalization({ groups: 2, axis: 1, kerasContrib }),
    );
    if (contrib && usual) expect(distance(call(contrib, x), call(usual, x))).toBe(0);
    expect(contrib?.getConfig()).toMatchObject({ kerasContrib: true });
    expect(usual?.getConfig()).not.toHaveProperty('kerasContrib');
  });
});
