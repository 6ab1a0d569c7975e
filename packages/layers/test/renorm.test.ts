import '@normkit/backend-cpu';
import { batchNormalization, recomputeMovingStatistics } from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { distance, numbers, valuesOf, weightOf } from './values.ts';

beforeAll(() => tf.setBackend('cpu'));

const x = [
  [1, -2],
  [3, 0],
  [8, 5],
];
const epsilon = 1e-3;
const moments = (column: number) => {
  const values = x.map((row) => row[column] ?? 0);
  const mean = values.reduce((sum, value) => sum + value, 0) / 3;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 3;
  return { mean, deviation: Math.sqrt(variance + epsilon) };
};

describe('batch renormalization', () => {
  it('K: normalizes with the running statistics where no bound binds, and moves all averages', () => {
    const layer = batchNormalization({ renorm: true, momentum: 0.9, renormMomentum: 0.5, betaInitializer: 'ones' });
    const y = layer.apply(tf.tensor2d(x), { training: true }) as tf.Tensor;
    // At first mean 0 and deviation 1, so x̂ · r + d is x itself, and beta is 1.
    expect(distance(y, tf.add(tf.tensor2d(x), 1))).toBeLessThan(1e-5);
    for (const column of [0, 1]) {
      const { mean, deviation } = moments(column);
      const movingDeviation = 0.9 + 0.1 * deviation;
      const expected = {
        moving_mean: 0.1 * mean,
        moving_stddev: movingDeviation,
        moving_variance: movingDeviation ** 2 - epsilon,
        renorm_mean: 0.5 * mean,
        renorm_stddev: 0.5 + 0.5 * deviation,
      };
      for (const [name, value] of Object.entries(expected)) {
        expect(valuesOf(weightOf(layer, name))[column], name).toBeCloseTo(value, 4);
      }
    }
    const again = layer.apply(tf.tensor2d(x), { training: true }) as tf.Tensor;
    const { mean, deviation } = moments(0);
    const [renormMean, renormDeviation] = [0.5 * mean, 0.5 + 0.5 * deviation];
    expect(valuesOf(again)[0]).toBeCloseTo((1 - renormMean) / renormDeviation + 1, 4);
  });

  it('keeps its corrections within their bounds', () => {
    const layer = batchNormalization({ renorm: true, renormClipping: { rmin: 0.5, rmax: 1.5, dmax: 0.25 } });
    const y = valuesOf(layer.apply(tf.tensor2d(x), { training: true }) as tf.Tensor);
    for (const [index, value] of y.entries()) {
      const { mean, deviation } = moments(index % 2);
      const normalized = ((x.flat()[index] ?? 0) - mean) / deviation;
      expect(value).toBeCloseTo(normalized * Math.min(deviation, 1.5) + Math.min(mean, 0.25), 4);
    }
    const wide = batchNormalization({ renorm: true, renormClipping: { rmin: 100 } });
    const [first = 0] = valuesOf(wide.apply(tf.tensor2d(x), { training: true }) as tf.Tensor);
    const { mean, deviation } = moments(0);
    expect(first).toBeCloseTo(((1 - mean) / deviation) * 100 + mean, 2);
  });

  it('takes its corrections for constants: the gradient is that of x̂ · r', () => {
    const create = () => batchNormalization({ renorm: true, renormClipping: { rmax: 1.5 }, scale: false });
    const upstream = numbers([3, 2], 4);
    const gradient = (layer: tf.layers.Layer) => {
      layer.build([3, 2]);
      return tf.grad((input) => tf.sum(tf.mul(layer.call(input, { training: true }) as tf.Tensor, upstream)))(
        tf.tensor2d(x),
      );
    };
    const plain = gradient(batchNormalization());
    expect(distance(gradient(create()), tf.mul(plain, 1.5))).toBeLessThan(1e-5);
  });

  it('K: infers as batch normalization without it does', () => {
    const [layer, usual] = [batchNormalization({ renorm: true }), batchNormalization()];
    const input = numbers([5, 2], 3, 2, 1);
    layer.apply(tf.tensor2d(x), { training: true });
    usual.build([null, 2]);
    const names = ['gamma', 'beta', 'moving_mean', 'moving_variance'];
    usual.setWeights(names.map((name) => weightOf(layer, name)));
    expect(distance(layer.apply(input) as tf.Tensor, usual.apply(input) as tf.Tensor)).toBe(0);
  });

  it('goes on from a moving variance that was set', async () => {
    const layer = batchNormalization({ renorm: true, inputShape: [2] });
    const model = tf.sequential({ layers: [layer] });
    const input = numbers([20, 2], 3, 7, 1);
    await recomputeMovingStatistics(model, [input]);
    const before = valuesOf(weightOf(layer, 'moving_variance'));
    layer.apply(input, { training: true });
    for (const [index, value] of valuesOf(weightOf(layer, 'moving_variance')).entries()) {
      expect(value / (before[index] ?? 0)).toBeCloseTo(1, 5);
    }
  });

  it('K: refuses bounds that are none', () => {
    const clipped = (renormClipping: object) => () => batchNormalization({ renorm: true, renormClipping });
    expect(clipped({ rmix: 1 })).toThrow("renormClipping has the bounds rmin, rmax and dmax. Got 'rmix'");
    expect(clipped({ rmin: 2, rmax: 1 })).toThrow('rmax no smaller than rmin. Got rmin = 2, rmax = 1');
    expect(clipped({ dmax: -1 })).toThrow('dmax 0 or more. Got -1');
    expect(clipped({ rmax: 'much' })).toThrow("must hold numbers. Got rmax = 'much'");
    expect(clipped({ rmax: null })).not.toThrow();
  });
});
