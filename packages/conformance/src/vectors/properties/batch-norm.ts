import { batchNorm, batchNormWithStats } from '@normkit/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Layout } from '../../cases.ts';
import { askOracle } from '../../oracle.ts';
import { differs, moments, near, noise, noiseTensor, type Property, read, refuses, untyped } from './measure.ts';

const channelsLast: Layout = { kind: 'batchNorm', shape: [5, 7, 3, 4], axis: -1 };

export const batchNormProperties: readonly Property[] = [
  {
    name: "K test_bn_basics: the output's shape is the input's",
    check: () => {
      for (const shape of [
        [5, 3],
        [5, 7, 3],
        [2, 5, 7, 3],
      ]) {
        const y = tf.tidy(() => batchNorm(noiseTensor(shape)));
        near('shape', y.shape, shape, 0);
        y.dispose();
      }
    },
  },
  {
    name: 'K test_correctness: (y − beta) / gamma has mean 0 and deviation 1 per channel, on axis -1 and 1, at rank 3 and 4; a third pass over its own output finds mean 0 and variance 1',
    check: async () => {
      for (const shape of [
        [5, 7, 3],
        [5, 7, 3, 4],
      ]) {
        for (const axis of [-1, 1]) {
          const channels = shape.at(axis) ?? 1;
          const perChannel = shape.map((extent, index) =>
            index === (axis + shape.length) % shape.length ? extent : 1,
          );
          const normalized = await read(() => {
            const [gamma, beta] = [tf.fill([channels], 3), noiseTensor([channels], 2)];
            const y = batchNorm(noiseTensor(shape), { axis, gamma, beta });
            return tf.div(tf.sub(y, tf.reshape(beta, perChannel)), 3);
          });
          moments({ kind: 'batchNorm', shape, axis }, normalized, 0, 1, 1e-3);
          const statistics = await read(() => {
            const once = batchNorm(noiseTensor(shape), { axis });
            const { mean, variance } = batchNormWithStats(batchNorm(once, { axis }), { axis });
            return tf.stack([mean, tf.sub(variance, 1)]);
          });
          near('mean and variance − 1 of the third pass', statistics, 0, 1e-2);
        }
      }
    },
  },
  {
    name: 'K test_correctness: inference with fresh moving averages differs from training; with momentum 0 it equals the training output',
    check: async () => {
      const x = noiseTensor(channelsLast.shape);
      const training = await read(() => batchNorm(x));
      const fresh = await read(() => batchNorm(x, { mean: tf.zeros([4]), variance: tf.ones([4]) }));
      differs('inference before training', fresh, training);
      const after = await read(() => {
        const { mean, variance } = batchNormWithStats(x);
        return batchNorm(x, { mean, variance });
      });
      near('inference after training', after, training, 1e-5);
      x.dispose();
    },
  },
  {
    name: 'K nn_test test_moments: in one dimension, per channel and of the whole; past float16 the variance is not clipped (there is no float16 here)',
    check: async () => {
      const variances = await read(() => {
        const x = tf.tensor2d([
          [1, 2, 3],
          [4, 5, 9],
        ]);
        const one = batchNormWithStats([1, 2, 3], { axis: 0 });
        const whole = batchNormWithStats(tf.reshape(x, [6, 1]));
        const large = batchNormWithStats([[0], [600], [-600]]);
        return tf.concat([one.mean, one.variance, batchNormWithStats(x).variance, whole.variance, large.variance]);
      });
      near('moments', variances, [1, 2, 3, 0, 0, 0, 2.25, 2.25, 9, 20 / 3, 240000], 1e-2);
    },
  },
  {
    name: "J batchNorm: throws for x, mean, variance, gamma and beta that are no numbers; takes arrays; gradients have the shapes of their inputs. (Statistics of x's own shape are refused here: they go with channels)",
    check: () => {
      const x = tf.ones([2, 3]);
      const channels = [1, 2, 3];
      for (const wrong of [{}, 'text', tf.tensor1d(['a', 'b', 'c'])]) {
        refuses('x', () => batchNorm(untyped<Tensor>(wrong)));
        refuses('mean', () => batchNorm(x, { mean: untyped<Tensor>(wrong), variance: channels }));
        refuses('variance', () => batchNorm(x, { mean: channels, variance: untyped<Tensor>(wrong) }));
        refuses('gamma', () => batchNorm(x, { gamma: untyped<Tensor>(wrong) }));
        refuses('beta', () => batchNorm(x, { beta: untyped<Tensor>(wrong) }));
      }
      refuses('mean', () => batchNorm(x, { mean: x, variance: x }));
      const shapes = tf.tidy(() => {
        batchNorm([[1, 2, 3]], { mean: channels, variance: channels, gamma: channels, beta: channels });
        const parameters = [0, 1, 2, 3].map(() => tf.ones([3]));
        const f = (input: Tensor, mean: Tensor, variance: Tensor, gamma: Tensor, beta: Tensor) =>
          batchNorm(input, { mean, variance, gamma, beta });
        return tf
          .grads(f as (...inputs: Tensor[]) => Tensor)([x, ...parameters])
          .map(({ shape }) => shape.join());
      });
      if (shapes.join(' ') !== '2,3 3 3 3 3') throw new Error(`gradients have the shapes ${shapes}`);
      x.dispose();
    },
  },
  {
    name: 'X TrainingLargeInputs: the variance of {1e7, 1e7 + 1} does not cancel to 0',
    check: async () => {
      const results = await read(() => {
        const { y, variance } = batchNormWithStats([[1e7], [1e7 + 1]]);
        return tf.concat([tf.reshape(y, [2]), variance]);
      });
      near('y and variance', results, [-0.5 / Math.sqrt(0.251), 0.5 / Math.sqrt(0.251), 0.25], 1e-5);
    },
  },
  {
    name: 'X TrainingWithFeatureOnLowDimension: ones(260,2,2), channels on axis 0, epsilon 1 give y 1, mean 1, variance 0',
    check: async () => {
      const results = await read(() => {
        const parameters = { gamma: tf.ones([260]), beta: tf.ones([260]) };
        const { y, mean, variance } = batchNormWithStats(tf.ones([260, 2, 2]), { axis: 0, epsilon: 1, ...parameters });
        return tf.concat([tf.reshape(y, [1040]), mean, tf.add(variance, 1)]);
      });
      near('y, mean and variance + 1', results, 1, 0);
    },
  },
  {
    name: 'X LargeEpsilonTest: an epsilon of 125 counts: {0, 10, 20, 30} are divided by √250',
    check: async () => {
      const y = await read(() => batchNorm([[0], [10], [20], [30]], { epsilon: 125 }));
      near(
        'y',
        y,
        [-15, -5, 5, 15].map((v) => v / Math.sqrt(250)),
        1e-6,
      );
    },
  },
  {
    name: 'F BatchNorm: one value per channel (Flux throws; here it is beta), the same at inference, and one sample with spatial extent',
    check: async () => {
      const beta = [0.5, -2, 3];
      near('one value', await read(() => batchNorm([[7, 8, 9]], { beta })), beta, 0);
      const inference = await read(() => batchNorm([[7, 8, 9]], { mean: [1, 1, 1], variance: [4, 4, 4], epsilon: 0 }));
      near('inference', inference, [3, 3.5, 4], 1e-6);
      const y = await read(() => batchNorm(noiseTensor([1, 5, 7, 3])));
      moments({ kind: 'batchNorm', shape: [1, 5, 7, 3], axis: -1 }, y, 0, 1, 1e-2);
    },
  },
  {
    name: 'F the Jacobian is that of the definition; sum(batchNorm(x)) has the second derivative 0',
    check: async () => {
      const layout: Layout = { kind: 'batchNorm', shape: [4, 2], axis: -1 };
      const x = noise(8);
      for (let row = 0; row < 8; row++) {
        const dy = Float32Array.from(x, (_, index) => (index === row ? 1 : 0));
        const dx = await read(() => tf.grad((v) => batchNorm(v))(tf.tensor2d(x, [4, 2]), tf.tensor2d(dy, [4, 2])));
        near(`row ${row} of the Jacobian`, dx, askOracle({ ...layout, epsilon: 1e-3, x, dy }).dx, 1e-5);
      }
      const second = await read(() => {
        const slope = tf.grad((v) => tf.sum(batchNorm(v)));
        return tf.grad((v) => tf.sum(tf.mul(slope(v), tf.tensor2d(noise(8, 2), [4, 2]))))(tf.tensor2d(x, [4, 2]));
      });
      near('second derivative', second, 0, 1e-5);
    },
  },
  {
    name: 'M test_batch_norm: channels last, training gives mean 0 and variance 1 per channel (MLX refuses rank 5 and a batch of 1; here both are fine)',
    check: async () => {
      const shape = [2, 3, 5, 7, 4];
      const y = await read(() => batchNorm(noiseTensor(shape), { epsilon: 1e-5 }));
      moments({ kind: 'batchNorm', shape, axis: -1 }, y, 0, 1, 1e-4);
      near('batch of 1', await read(() => batchNorm([[4, 5]])), 0, 0);
    },
  },
  {
    name: 'P _test_batchnorm_*: training gives mean 0 and variance 1; inference uses what is given, and refuses other shapes; large input does not overflow; an empty batch gives empty output and zero gradients',
    check: async () => {
      const y = await read(() => batchNorm(noiseTensor(channelsLast.shape), { epsilon: 1e-5 }));
      moments(channelsLast, y, 0, 1, 1e-4);
      const given = await read(() => batchNorm([[3, 8]], { mean: [1, 2], variance: [4, 9], epsilon: 0 }));
      near('inference', given, [1, 2], 1e-6);
      refuses('mean', () => batchNorm([[3, 8]], { mean: [1, 2, 3], variance: [4, 9] }));
      refuses('variance', () => batchNorm([[3, 8]], { mean: [1, 2], variance: [[4, 9]] }));
      near('large input', await read(() => batchNorm([[1e15], [-1e15]])), [1, -1], 1e-5);
      const dgamma = await read(() => {
        const f = (x: Tensor, gamma: Tensor) => batchNorm(x, { gamma });
        const [dx, slope] = tf.grads(f as (...inputs: Tensor[]) => Tensor)([tf.zeros([0, 3]), tf.ones([3])]);
        if (dx?.shape.join() !== '0,3' || !slope) throw new Error(`dx of an empty batch has shape [${dx?.shape}]`);
        return slope;
      });
      near('dgamma of an empty batch', dgamma, [0, 0, 0], 0);
    },
  },
  {
    name: "B running_var: the variance that is returned is the population's; n / (n − 1) times it is PyTorch's",
    check: async () => {
      const variance = await read(() => batchNormWithStats([[1], [2], [4], [9]]).variance);
      near('variance', variance, [9.5], 1e-5);
      near(
        'variance of the sample',
        variance.map((v) => (v * 4) / 3),
        [38 / 3],
        1e-5,
      );
    },
  },
];
