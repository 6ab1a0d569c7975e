import '@normkit/backend-cpu';
import { layerNorm } from '@normkit/core';
import {
  filterResponseNormalization,
  LayerNormalization,
  layerNormalization,
  rmsNormalization,
  unitNormalization,
} from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { distance, numbers, valuesOf, weightOf } from './values.ts';

// The keys before the lines are those of the list of other libraries' assertions: K Keras, J TensorFlow.js, and so on.
beforeAll(() => tf.setBackend('cpu'));

const call = (layer: tf.layers.Layer, x: tf.Tensor) => layer.apply(x) as tf.Tensor;

describe('layer normalization', () => {
  it('K: has two weights, none without gamma and beta, and one with rmsScaling', () => {
    const count = (args: object) => {
      const layer = layerNormalization(args);
      layer.build([null, 3, 4]);
      return layer.trainableWeights.length;
    };
    expect([count({}), count({ center: false, scale: false }), count({ rmsScaling: true })]).toEqual([2, 0, 1]);
    expect(count({ rmsScaling: true, scale: false })).toBe(1);
  });

  it('K: takes several axes, inputs without elements, and hands masks on', () => {
    const layer = layerNormalization({ axis: [-3, -2, -1] });
    expect(call(layer, numbers([2, 3, 4, 5], 1)).shape).toEqual([2, 3, 4, 5]);
    expect(weightOf(layer, 'gamma').shape).toEqual([3, 4, 5]);
    expect(call(layerNormalization(), tf.zeros([1, 0, 10])).shape).toEqual([1, 0, 10]);
    expect(layer.supportsMasking).toBe(true);
  });

  it('K: an axis is a sorted list, counted from the front, once the layer is built', () => {
    const layer = layerNormalization({ axis: -1 });
    expect(layer.axis).toBe(-1);
    layer.build([null, 3]);
    expect(layer.axis).toEqual([1]);
    expect(layer.getConfig()['axis']).toEqual([1]);
  });

  it.each([[{ axis: {} }], [{ axis: 'foo' }], [{ axis: 1.2 }], [{ axis: [1, 1.5] }], [{ axis: [] }]])(
    'K, J: %j is no axis',
    (args) => {
      expect(() => layerNormalization(args as object)).toThrow('axis must be an integer or an array of integers');
      expect(() => unitNormalization(args as object)).toThrow('axis must be an integer or an array of integers');
      expect(() => rmsNormalization(args as object)).toThrow('axis must be an integer or an array of integers');
    },
  );

  it.each([2, 99, -3, -99])('K: axis %d is out of bounds for rank 2, at build, call and output shape', (axis) => {
    for (const arg of [axis, [axis], [axis, 1]]) {
      for (const create of [layerNormalization, rmsNormalization, unitNormalization]) {
        const message = `axis ${axis} is out of bounds`;
        expect(() => create({ axis: arg }).build([null, 3])).toThrow(message);
        expect(() => create({ axis: arg }).computeOutputShape([null, 3])).toThrow(message);
        expect(() => create({ axis: arg }).apply(tf.zeros([2, 3]))).toThrow(message);
      }
    }
  });

  it('K, J: an axis that is named twice is refused', () => {
    for (const axis of [
      [-1, 1],
      [1, 1],
    ]) {
      expect(() => layerNormalization({ axis }).build([null, 3])).toThrow('duplicate axes');
    }
    expect(() => layerNormalization({ axis: [-2, -1, -1] }).apply(tf.zeros([2, 3, 4]))).toThrow('duplicate axes');
  });

  it('K: the order of axes changes nothing', () => {
    const x = numbers([2, 3, 4], 1);
    for (const create of [layerNormalization, rmsNormalization]) {
      const [forward, backward] = [create({ axis: [-2, -1] }), create({ axis: [-1, -2] })];
      expect(distance(call(forward, x), call(backward, x))).toBe(0);
      expect(forward.weights[0]?.shape).toEqual([3, 4]);
      expect(backward.weights[0]?.shape).toEqual([3, 4]);
    }
  });

  it('J: without arguments the axis is the last; options of a call do not change the layer', () => {
    const layer = new LayerNormalization();
    expect([layer.axis, layer.epsilon, layer.center, layer.scale]).toEqual([-1, 1e-3, true, true]);
    const x = numbers([2, 3], 1);
    const y = call(layer, x);
    expect(distance(layer.apply(x, { scale: false, center: false }) as tf.Tensor, y)).toBe(0);
    expect([layer.center, layer.scale]).toEqual([true, true]);
  });

  it('multiplies by gamma and adds beta, along the axes', () => {
    const layer = layerNormalization({ axis: [3, 1] });
    const x = numbers([2, 3, 5, 4], 1, 2, 3);
    layer.build(x.shape);
    const [gamma, beta] = [numbers([3, 4], 2), numbers([3, 4], 3)];
    layer.setWeights([gamma, beta]);
    expect(distance(call(layer, x), layerNorm(x, { axis: [1, 3], gamma, beta }))).toBe(0);
  });

  it('K: rmsScaling divides by the root of the variance, and subtracts nothing', () => {
    const layer = layerNormalization({ rmsScaling: true });
    layer.build([null, 3]);
    layer.setWeights([tf.tensor1d([1, 2, 4])]);
    const y = call(layer, tf.tensor2d([[0, 3, 6]]));
    const root = Math.sqrt(6 + 1e-3);
    expect(distance(y, tf.tensor2d([[0, 6 / root, 24 / root]]))).toBeLessThan(1e-6);
  });

  it('takes inputs of one rank only, the one that it was built for', () => {
    const layer = layerNormalization({ center: false, scale: false });
    call(layer, numbers([2, 3, 4], 1));
    expect(() => call(layer, numbers([2, 4], 1))).toThrow('expected ndim=3, found ndim=2');
  });
});

describe('RMS normalization', () => {
  it('K: has one weight, scale, that multiplies x / √(mean square + epsilon)', () => {
    const layer = rmsNormalization({ epsilon: 0.5 });
    layer.build([null, 2]);
    layer.setWeights([tf.tensor1d([2, 10])]);
    const root = Math.sqrt(12.5 + 0.5);
    expect(distance(call(layer, tf.tensor2d([[3, 4]])), tf.tensor2d([[6 / root, 40 / root]]))).toBeLessThan(1e-6);
    expect(rmsNormalization().epsilon).toBe(1e-6);
  });

  it('multiplies by 1 + scale where scale is about 0', () => {
    const [zero, usual] = [rmsNormalization({ zeroCentered: true }), rmsNormalization()];
    const x = numbers([2, 3], 1);
    expect(distance(call(zero, x), call(usual, x))).toBe(0);
    expect(valuesOf(weightOf(zero, 'scale'))).toEqual([0, 0, 0]);
    zero.setWeights([tf.tensor1d([0, 1, -1])]);
    expect(distance(call(zero, x), tf.mul(call(usual, x), [1, 2, 0]))).toBeLessThan(1e-6);
  });
});

describe('unit normalization', () => {
  it('gives vectors the length 1', () => {
    const y = call(
      unitNormalization(),
      tf.tensor2d([
        [3, 4],
        [-5, 12],
      ]),
    );
    expect(
      distance(
        y,
        tf.tensor2d([
          [0.6, 0.8],
          [-5 / 13, 12 / 13],
        ]),
      ),
    ).toBeLessThan(1e-6);
    const whole = call(unitNormalization({ axis: [1, 2] }), numbers([3, 4, 5], 1));
    expect(distance(tf.sum(tf.square(whole), [1, 2]), tf.ones([3]))).toBeLessThan(1e-6);
  });

  it('K: has a finite gradient at the zero vector, 1 / epsilon, and leaves shorter vectors short', () => {
    const layer = unitNormalization();
    layer.build([null, 2]);
    const gradient = tf.grad((x) => tf.sum(layer.call(x, {}) as tf.Tensor))(tf.zeros([1, 2]));
    for (const value of valuesOf(gradient)) expect(value / 1e6).toBeCloseTo(1, 5);
    expect(valuesOf(call(layer, tf.tensor2d([[1e-7, 0]])))[0]).toBeCloseTo(0.1, 6);
  });
});

describe('filter response normalization', () => {
  const x = () => numbers([2, 3, 4, 5], 1, 2, 1);
  const expected = (epsilon: number) => tf.div(x(), tf.sqrt(tf.add(tf.mean(tf.square(x()), [1, 2], true), epsilon)));

  it('divides by the root of the mean square over height and width', () => {
    const layer = filterResponseNormalization({ epsilon: 0.25 });
    layer.build([null, 3, 4, 5]);
    const [gamma, beta] = [numbers([1, 1, 1, 5], 2), numbers([1, 1, 1, 5], 3)];
    layer.setWeights([gamma, beta]);
    expect(distance(call(layer, x()), tf.add(tf.mul(expected(0.25), gamma), beta))).toBeLessThan(1e-5);
    expect(filterResponseNormalization().epsilon).toBe(1e-6);
  });

  it('adds the size of the learned epsilon', () => {
    const layer = filterResponseNormalization({ epsilon: 0.25, learnedEpsilon: true });
    layer.build([null, 3, 4, 5]);
    expect(valuesOf(weightOf(layer, 'learned_epsilon'))[0]).toBeCloseTo(1e-4, 9);
    layer.setWeights([tf.tensor1d([-2]), ...layer.weights.slice(1).map((weight) => weight.read())]);
    expect(distance(call(layer, x()), expected(2.25))).toBeLessThan(1e-5);
  });

  it("T: refuses what Addons' layer refuses", () => {
    expect(() => filterResponseNormalization({ axis: [1, 3] as never })).toThrow('axis must be [1, 2]');
    expect(() => filterResponseNormalization({ axis: 1 as never })).toThrow('axis must be [1, 2]');
    expect(() => filterResponseNormalization().build([null, 3, 4])).toThrow('must have four axes');
    expect(() => filterResponseNormalization().build([null, null, 4, 5])).toThrow(
      'axis 1 of the input must have a defined',
    );
  });
});
