import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { channel, normOver, position, rowNorm } from '../any-axes.ts';
import { Random } from '../seeded.ts';
import { expectNear, expectSame, read } from './read.ts';

/** TensorFlow.js's sums differ between backends, and the contract does not. */
export async function longSegments(): Promise<void> {
  await constantsAreExact();
  await twoValues();
}

const columnNorm = normOver([position, channel]);

async function constantsAreExact(): Promise<void> {
  const size = 100_003;
  const constants = [
    { value: 3.7, even: 0.3, odd: 0.7 },
    { value: 12_345.67, even: 1, odd: 0 },
    { value: 12_345.67, even: 1, odd: 1 },
    { value: 1e10, even: 0.001, odd: 0.0437 },
  ];
  for (const { value, even, odd } of constants) {
    const y = await read(() => {
      const mask = Float32Array.from({ length: size }, (_, index) => (index % 2 === 0 ? even : odd));
      const normalized = rowNorm(tf.fill([1, size], value), { mask: tf.tensor(mask, [1, size]), epsilon: 1e-3 });
      return tf.reshape(tf.max(tf.abs(normalized)), [1]);
    });
    expectSame(`largest |y| of ${size} times ${value}, weights ${even} and ${odd}`, y, [0]);
  }
  const columns = await read(() => {
    const beta = tf.tensor1d([0.5, -0.25]);
    const y = columnNorm(tf.fill([500_000, 2], 12_345.67), { mask: tf.ones([500_000, 1]), beta });
    return tf.reshape(tf.max(tf.abs(tf.sub(y, beta))), [1]);
  });
  expectSame('largest |y − beta| of a constant million, masked', columns, [0]);
}

/** Every sum of them is rounded to one side; their mean, variance and gradients can be written down. */
async function twoValues(): Promise<void> {
  const size = 100_000;
  const [low, high] = [Math.fround(-1.1234), Math.fround(1.37)];
  const random = new Random('two values');
  const x = Float32Array.from({ length: size }, (_, index) => (index < size / 5 ? low : high));
  const weights = Float32Array.from(x, (_, index) => (index % 7 === 0 ? 0 : 0.3 + random.uniform()));
  const sum = (of: (index: number) => number) => weights.reduce((total, weight, i) => total + weight * of(i), 0);
  const count = sum(() => 1);
  const mean = sum((i) => x[i] ?? 0) / count;
  const deviation = Math.sqrt(sum((i) => ((x[i] ?? 0) - mean) ** 2) / count + 1e-3);
  const normalized = Float64Array.from(x, (v) => (v - mean) / deviation);
  // All of one sign, so that no error of a sum is hidden.
  const dy = Float32Array.from(x, (_, index) => 1.1234 + 0.5 * Math.sin(index));
  const byMean = dy.reduce((total, d) => total + d, 0) / count;
  const byVariance = dy.reduce((total, d, i) => total + d * (normalized[i] ?? 0), 0) / count;
  const dx = normalized.map((n, i) => ((dy[i] ?? 0) - (weights[i] ?? 0) * (byMean + n * byVariance)) / deviation);
  const results = await read(() => {
    const f = (input: Tensor) => rowNorm(input, { mask: tf.tensor2d(weights, [1, size]) });
    const { value, grad } = tf.valueAndGrad(f)(tf.tensor2d(x, [1, size]), tf.tensor2d(dy, [1, size]));
    return tf.stack([value, grad]);
  });
  expectNear(
    'y of two values, 100,000 times',
    results.subarray(0, size),
    normalized,
    (i) => 1e-5 * Math.max(1, Math.abs(normalized[i] ?? 0)),
  );
  expectNear('dx of two values, 100,000 times', results.subarray(size), dx, () => (2e-5 * 1.7) / deviation);
}
