import '@normkit/backend-cpu';
import { groupNorm, instanceNorm, layerNorm, rmsNorm } from '@normkit/core';
import {
  batchNormalization,
  ContribInstanceNormalization,
  groupNormalization,
  instanceNormalization,
  layerNormalization,
  rmsNormalization,
} from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { distance, numbers, valuesOf, weightOf } from './values.ts';

beforeAll(() => tf.setBackend('cpu'));

const x = () => numbers([2, 4, 6], 1, 2, 3);
const mask = () =>
  tf.tensor2d(
    [
      [1, 1, 0, 1],
      [0, 1, 0, 0],
    ],
    undefined,
    'bool',
  );
const weights = () => tf.reshape(mask(), [2, 4, 1]);

describe('masks', () => {
  it.each([
    { name: 'group', create: groupNormalization, args: { groups: 2 }, op: groupNorm },
    { name: 'instance', create: instanceNormalization, args: {}, op: instanceNorm },
    { name: 'layer', create: layerNormalization, args: { axis: [1, 2] }, op: layerNorm },
    { name: 'RMS', create: rmsNormalization, args: { axis: 1 }, op: rmsNorm },
  ])('enter the statistics of $name normalization where that is asked', ({ create, args, op }) => {
    const make = create as (args: object) => tf.layers.Layer;
    const compute = op as (input: tf.Tensor, options: object) => tf.Tensor;
    const [asked, usual] = [make({ ...args, maskStatistics: true }), make(args)];
    const call = (layer: tf.layers.Layer) => layer.apply(x(), { mask: mask() }) as tf.Tensor;
    expect(distance(call(asked), compute(x(), { ...args, mask: weights() }))).toBe(0);
    expect(distance(call(usual), compute(x(), args))).toBe(0);
    expect(distance(call(asked), call(usual))).toBeGreaterThan(0.01);
    expect(asked.getConfig()).toHaveProperty('maskStatistics', true);
  });

  it("enter the statistics of keras-contrib's layers", () => {
    const layer = new ContribInstanceNormalization({ maskStatistics: true, epsilon: 0 });
    const y = layer.apply(x(), { mask: mask() }) as tf.Tensor;
    expect(distance(y, groupNorm(x(), { groups: 1, epsilon: 0, mask: weights() }))).toBeLessThan(1e-5);
    const all = layer.apply(x(), { mask: tf.zeros([2, 4], 'bool') }) as tf.Tensor;
    expect(new Set(valuesOf(all).map(Math.abs))).toEqual(new Set([0]));
    // Without channels that mix, its groups are those of the op.
    const groups = groupNormalization({ groups: 1, kerasContrib: true, maskStatistics: true });
    const grouped = groups.apply(x(), { mask: mask() }) as tf.Tensor;
    expect(distance(grouped, groupNorm(x(), { groups: 1, mask: weights() }))).toBeLessThan(1e-5);
  });

  it('enter the variance that rmsScaling divides by', () => {
    const layer = layerNormalization({ axis: 1, rmsScaling: true, maskStatistics: true, epsilon: 0 });
    const y = layer.apply(x(), { mask: mask() }) as tf.Tensor;
    const kept = tf.gather(tf.slice(x(), [0, 0, 0], [1, 4, 6]), [0, 1, 3], 1);
    const { variance } = tf.moments(kept, 1, true);
    expect(distance(tf.slice(y, 0, 1), tf.div(tf.slice(x(), 0, 1), tf.sqrt(variance)))).toBeLessThan(1e-4);
  });

  it.each([
    ['layer, with rmsScaling', () => layerNormalization({ axis: [1, 2], rmsScaling: true, maskStatistics: true })],
    ["keras-contrib's instance", () => new ContribInstanceNormalization({ maskStatistics: true })],
    ["keras-contrib's group", () => groupNormalization({ groups: 2, kerasContrib: true, maskStatistics: true })],
    ['group', () => groupNormalization({ groups: 2, maskStatistics: true })],
    ['RMS', () => rmsNormalization({ maskStatistics: true })],
  ])('let the gradient of %s normalization through, to a layer before', async (_, create) => {
    const dense = tf.layers.dense({ units: 6, useBias: false });
    const model = tf.sequential({
      layers: [tf.layers.masking({ maskValue: 0, inputShape: [4, 6] }), dense, create()],
    });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    const before = valuesOf(weightOf(dense, 'kernel'));
    const masked = tf.mul(x(), tf.cast(tf.concat([tf.zeros([1, 4, 1]), tf.slice(weights(), 1)]), 'float32'));
    const loss = await model.trainOnBatch(masked, numbers([2, 4, 6], 3));
    const after = valuesOf(weightOf(dense, 'kernel'));
    expect(loss).toBeGreaterThan(0);
    expect(after.some((value, index) => value !== before[index])).toBe(true);
    expect(after.every(Number.isFinite)).toBe(true);
  });

  it('of a Masking layer reach the statistics in a model, and the layers behind', () => {
    const input = tf.input({ shape: [4, 6] });
    const masked = tf.layers.masking({ maskValue: 0 }).apply(input);
    const normalized = instanceNormalization({ maskStatistics: true }).apply(masked);
    const last = tf.layers.simpleRNN({
      units: 6,
      kernelInitializer: 'identity',
      recurrentInitializer: 'zeros',
      activation: 'linear',
    });
    const model = tf.model({ inputs: input, outputs: [normalized, last.apply(normalized)] as tf.SymbolicTensor[] });
    const short = tf.mul(x(), tf.cast(weights(), 'float32'));
    const [y, end] = model.predict(short) as tf.Tensor[];
    const expected = instanceNorm(short, { mask: weights() });
    expect(distance(y ?? short, expected)).toBeLessThan(1e-6);
    // The RNN stops at the last step that is not masked: steps 3 and 1.
    const steps = tf.stack([tf.slice(expected, [0, 3, 0], [1, 1, 6]), tf.slice(expected, [1, 1, 0], [1, 1, 6])]);
    expect(distance(end ?? short, tf.reshape(steps, [2, 6]))).toBeLessThan(1e-6);
  });

  it("of a Masking layer reach the statistics of keras-contrib's instance normalization in a model", () => {
    const model = tf.sequential({
      layers: [
        tf.layers.masking({ maskValue: 0, inputShape: [4, 6] }),
        new ContribInstanceNormalization({ maskStatistics: true, epsilon: 0 }),
      ],
    });
    const short = tf.mul(x(), tf.cast(weights(), 'float32'));
    const expected = groupNorm(short, { groups: 1, epsilon: 0, mask: weights() });
    expect(distance(model.predict(short) as tf.Tensor, expected)).toBeLessThan(1e-5);
  });

  it('that ended at a layer before are not taken for those of the input', async () => {
    const norm = batchNormalization({ momentum: 0 });
    const model = tf.sequential({
      layers: [
        tf.layers.masking({ maskValue: 0, inputShape: [4, 6] }),
        tf.layers.simpleRNN({ units: 3 }),
        norm,
        tf.layers.dense({ units: 1 }),
      ],
    });
    model.compile({ optimizer: 'sgd', loss: 'meanSquaredError' });
    await model.trainOnBatch(x(), tf.zeros([2, 1]));
    expect(valuesOf(weightOf(norm, 'moving_variance')).every((value) => value !== 1)).toBe(true);
  });

  it('that do not fit are refused in a call of one’s own', () => {
    const layer = batchNormalization();
    const call = (shape: number[]) => () => layer.apply(x(), { training: true, mask: tf.ones(shape, 'bool') });
    expect(call([2, 3])).toThrow('mask must have the leading axes of x, of shape [2,4,6]. Got [2,3]; [2,4] is usual.');
    expect(call([2, 4, 6])).toThrow('mask must have the leading axes of x');
    expect(call([2])).not.toThrow();
  });
});
