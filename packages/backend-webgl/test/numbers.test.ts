import '@normkit/backend-webgl';
import { batchNorm, groupNorm, layerNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { openWebGL } from './open-webgl.ts';

beforeEach(openWebGL);

const norms: readonly (readonly [string, number[], (x: tf.Tensor, beta: tf.Tensor) => tf.Tensor])[] = [
  ['rows', [3, 40], (x, beta) => layerNorm(x, { beta })],
  ['a row in parts', [1, 20000], (x, beta) => layerNorm(x, { beta })],
  ['columns', [700, 8], (x, beta) => batchNorm(x, { beta })],
  ['short runs', [2, 300, 12], (x, beta) => groupNorm(x, { groups: 3, beta })],
  ['runs of an odd number', [2, 300, 9], (x, beta) => groupNorm(x, { groups: 3, beta })],
  [
    'an odd plane',
    [1, 7, 7],
    (x, beta) => layerNorm(x, { axis: [1, 2], beta: tf.tile(tf.expandDims(beta, 0), [7, 1]) }),
  ],
];

describe.each(norms)('%s', (_, shape, norm) => {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const channels = shape.at(-1) ?? 1;
  const rows = shape[0] ?? 1;
  const beta = () => tf.linspace(1, 2, channels);

  it.each<[string, (index: number) => boolean]>([
    ['of changing signs', (index) => index % 3 === 0],
    ['of first the one sign, then the other', (index) => index % (size / rows) < size / rows / 2],
  ])('whose squares float32 cannot hold, %s: y is beta, not NaN', async (_, isPositive) => {
    for (const scale of [1e20, 1.7e38]) {
      const x = tf.tensor(
        Float32Array.from({ length: size }, (_, index) => (isPositive(index) ? scale : -scale)),
        shape,
      );
      const [y, wanted] = [await norm(x, beta()).data(), await beta().data()];
      // A NaN is no nearer than 1e-6 to anything.
      expect(y.findIndex((value, index) => !(Math.abs(value - (wanted[index % channels] ?? 0)) <= 1e-6))).toBe(-1);
    }
  });

  it('with a mean of 10,000 deviations keeps five digits of each', async () => {
    const noise = tf.randomNormal(shape, 0, 1, 'float32', 5);
    const x = tf.add(noise, 1e4);
    const values = await x.data();
    const near = await norm(
      tf.tensor(
        Float32Array.from(values, (value) => value - 1e4),
        shape,
      ),
      tf.zeros([channels]),
    ).data();
    const far = (await norm(x, tf.zeros([channels])).data()) as Float32Array;
    const worst = far.reduce((most, value, index) => Math.max(most, Math.abs(value - (near[index] ?? 0))), 0);
    expect(worst).toBeLessThan(1e-5);
  });

  it('of one value give exactly beta', async () => {
    const y = await norm(tf.fill(shape, 0.7), beta()).data();
    const wanted = await beta().data();
    expect(y.findIndex((value, index) => value !== wanted[index % channels])).toBe(-1);
  });
});
