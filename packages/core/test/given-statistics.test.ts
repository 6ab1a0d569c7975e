import { batchNorm, NormkitError } from '@normkit/core';
import { trustStatistic } from '@normkit/core/checks';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const x = tf.tensor2d([[1, 2, 3]]);
const text = (name: string, condition: string, got: string) =>
  `[normkit] batchNorm: ${name} must be ${condition} in every channel. Got ${got}; such numbers come from a training that diverged, or are values of something else.`;

const wrong: [what: string, mean: number[], variance: number[], argument: string, message: string][] = [
  [
    'a negative variance',
    [0, 0, 0],
    [1, -0.5, 1],
    'variance',
    text('variance', 'finite, and 0 or more,', '-0.5 in channel 1'),
  ],
  [
    'one just below 0',
    [0, 0, 0],
    [1, 1, -(2 ** -140)],
    'variance',
    text('variance', 'finite, and 0 or more,', `${-(2 ** -140)} in channel 2`),
  ],
  ['a NaN', [0, 0, 0], [Number.NaN, 1, 1], 'variance', text('variance', 'finite, and 0 or more,', 'NaN in channel 0')],
  [
    'an infinity',
    [0, 0, 0],
    [1, 1, Number.POSITIVE_INFINITY],
    'variance',
    text('variance', 'finite, and 0 or more,', 'Infinity in channel 2'),
  ],
  [
    'more than float32 holds',
    [0, 0, 0],
    [1e39, 1, 1],
    'variance',
    text('variance', 'finite, and 0 or more,', 'Infinity in channel 0'),
  ],
  ['a NaN as mean', [0, 0, Number.NaN], [1, 1, 1], 'mean', text('mean', 'finite', 'NaN in channel 2')],
  [
    'an infinite mean',
    [Number.NEGATIVE_INFINITY, 0, 0],
    [1, 1, 1],
    'mean',
    text('mean', 'finite', '-Infinity in channel 0'),
  ],
];

describe('statistics that no data have', () => {
  it.each(wrong)('%s: refused, as numbers and as tensors', (_, mean, variance, argument, message) => {
    const tensors = { mean: tf.tensor1d(mean), variance: tf.tensor1d(variance) };
    const { numTensors } = tf.memory();
    for (const given of [{ mean, variance }, { mean: Float32Array.from(mean), variance }, tensors, tensors]) {
      expect(() => batchNorm(x, given)).toThrow(NormkitError);
      expect(() => batchNorm(x, given)).toThrow(expect.objectContaining({ op: 'batchNorm', argument, message }));
    }
    expect(tf.memory().numTensors).toBe(numTensors);
    tf.dispose([tensors.mean, tensors.variance]);
  });

  it('a variance of 0 and a negative mean are none of them', () => {
    const y = batchNorm(x, { mean: [-1, 0, 0], variance: [0, -0, 1], epsilon: 1 });
    expect(Array.from(y.dataSync())).toEqual([2, 2, Math.fround(3 / Math.sqrt(2))]);
  });

  it('tensors are read once, and a variable once for each value', () => {
    const [mean, variance] = [tf.tensor1d([0, 0, 0]), tf.variable(tf.tensor1d([1, 1, 1]))];
    let reads = 0;
    const backend = tf.backend();
    const readSync = backend.readSync.bind(backend);
    backend.readSync = (dataId) => {
      reads += 1;
      return readSync(dataId);
    };
    try {
      for (let call = 0; call < 3; call++) batchNorm(x, { mean, variance });
      expect(reads).toBe(2);
      variance.assign(tf.tensor1d([4, -4, 4]));
      expect(() => batchNorm(x, { mean, variance })).toThrow('Got -4 in channel 1');
    } finally {
      backend.readSync = readSync;
    }
  });

  it('are let through where somebody answers for them', () => {
    const mean = tf.tensor1d([Number.NaN, 0, 0]);
    trustStatistic(mean);
    expect(batchNorm(x, { mean, variance: [1, 1, 1] }).dataSync()[0]).toBeNaN();
  });
});

describe('on a GPU', () => {
  beforeAll(async () => {
    tf.registerBackend('gpu', () => {
      const backend = tf.findBackendFactory('cpu')() as tf.KernelBackend;
      backend.memory = () => ({ unreliable: false, numBytesInGPU: 0 }) as never;
      return backend;
    });
    tf.copyRegisteredKernels('cpu', 'gpu');
    await tf.setBackend('gpu');
  });
  afterAll(async () => {
    await tf.setBackend('cpu');
    tf.removeBackend('gpu');
  });

  it('numbers are checked, and tensors are not read: a negative variance counts as 0, with the gradient of one', () => {
    const input = tf.tensor2d([[1, 2, 3]]);
    const [mean, variance] = [tf.tensor1d([0, 0, 0]), tf.tensor1d([-5, 0, 1])];
    const backend = tf.backend();
    const readSync = backend.readSync.bind(backend);
    backend.readSync = () => {
      throw new Error('a GPU is not read in the middle of things');
    };
    const run = (v: tf.Tensor) => batchNorm(input, { mean, variance: v, epsilon: 1 });
    const results = [run(variance), tf.grad(run)(variance)];
    backend.readSync = readSync;
    expect(results.map((result) => Array.from(result.dataSync()))).toEqual([
      [1, 2, Math.fround(3 / Math.sqrt(2))],
      [expect.closeTo(0), -1, expect.closeTo(-3 / 2 / 2 ** 1.5, 6)],
    ]);
    expect(() => batchNorm(input, { mean: [0, 0, 0], variance: [1, -5, 1] })).toThrow('Got -5 in channel 1');
  });
});
