import { batchNorm, groupNorm, instanceNorm, layerNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Layout } from '../../cases.ts';
import { moments, near, noise, noiseTensor, type Property, read } from './measure.ts';

export const instanceNormProperties: readonly Property[] = [
  {
    name: 'T test_inheritance: instance norm is group norm with groups -1',
    check: async () => {
      const [gamma, beta] = [noise(6, 2), noise(6, 3)];
      const y = await read(() => instanceNorm(noiseTensor([2, 5, 6]), { gamma, beta }));
      near('y', y, await read(() => groupNorm(noiseTensor([2, 5, 6]), { groups: -1, gamma, beta })), 0);
    },
  },
  {
    name: 'F InstanceNorm is batch norm of the input with samples and channels as one axis',
    check: async () => {
      const y = await read(() => instanceNorm(noiseTensor([3, 5, 7, 11]), { axis: 1 }));
      const batch = await read(() => batchNorm(tf.reshape(noiseTensor([3, 5, 7, 11]), [1, 15, 77]), { axis: 1 }));
      near('y', y, batch, 1e-5);
    },
  },
  {
    name: 'P _test_InstanceNorm_general: output and gradient are the same on every call (there are no running statistics)',
    check: async () => {
      const run = () => read(() => tf.grad((x) => instanceNorm(x))(noiseTensor([3, 5, 4]), noiseTensor([3, 5, 4], 2)));
      const output = () => read(() => instanceNorm(noiseTensor([3, 5, 4])));
      const [dx, y] = [await run(), await output()];
      await read(() => instanceNorm(noiseTensor([3, 5, 4], 5)));
      near('dx', await run(), dx, 0);
      near('y', await output(), y, 0);
    },
  },
  {
    name: 'C instancenorm: per channel each channel of each sample has mean 0 and deviation 1; axis None is layer norm over all axes but the batch',
    check: async () => {
      const shape = [3, 5, 7, 4];
      const perChannel: Layout = { kind: 'instanceNorm', shape, axis: -1 };
      moments(perChannel, await read(() => instanceNorm(noiseTensor(shape))), 0, 1, 1e-1);
      const whole: Layout = { kind: 'layerNorm', shape, axis: [1, 2, 3] };
      const y = await read(() => layerNorm(noiseTensor(shape), { axis: [1, 2, 3] }));
      moments(whole, y, 0, 1, 1e-1);
      near('one group', await read(() => groupNorm(noiseTensor(shape), { groups: 1 })), y, 1e-5);
    },
  },
  {
    name: 'M a checkerboard of ±512 and ±256 gives ±1; without spatial axes y is beta (MLX refuses that)',
    check: async () => {
      const sign = (index: number) => ((index >> 1) % 2 === 0 ? 1 : -1);
      const board = Float32Array.from({ length: 32 }, (_, index) => sign(index) * (index % 2 === 0 ? 512 : 256));
      const y = await read(() => instanceNorm(tf.tensor3d(board, [1, 16, 2]), { epsilon: 1e-5 }));
      near('checkerboard', y, Float32Array.from(board, Math.sign), 1e-6);
      near(
        'no spatial axes',
        await read(() =>
          instanceNorm(
            [
              [4, 5],
              [6, 7],
            ],
            { beta: [2, 3] },
          ),
        ),
        [2, 3, 2, 3],
        0,
      );
    },
  },
  {
    name: 'W zero epsilon: ±2^-24 with epsilon 0 gives ±1; gamma and beta may be arrays, tensors or the results of operations',
    check: async (precision) => {
      const tiny = 2 ** -24;
      const x = [
        [
          [tiny, 2 * tiny],
          [-tiny, -2 * tiny],
        ],
      ];
      const y = await read(() => instanceNorm(x, { epsilon: 0 }));
      // A float32 shader's reciprocal root is right to two units only.
      near('y', y, [1, 1, -1, -1], precision === 'float64' ? 0 : 1e-6);
      const expected = [2.5, 2, -1.5, -4];
      const tolerance = precision === 'float64' ? 0 : 1e-5;
      const array = await read(() => instanceNorm(x, { epsilon: 0, gamma: [2, 3], beta: [0.5, -1] }));
      near('arrays', array, expected, tolerance);
      const computed = await read(() => {
        const [gamma, beta] = [tf.add(tf.tensor1d([1, 2]), 1), tf.tensor1d([0.5, -1])];
        return instanceNorm(x, { epsilon: 0, gamma, beta });
      });
      near('tensors', computed, expected, tolerance);
    },
  },
];
