import { rmsNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs-core';
import { agrees, near, noiseTensor, type Property, read } from './measure.ts';

export const rmsNormProperties: readonly Property[] = [
  {
    name: 'K test_unsorted_axis: axis [-1,-2] is [-2,-1]; and the root is of the mean square, not of the variance about the mean',
    check: async (precision) => {
      const run = (axis: number[]) =>
        read(() => rmsNorm(noiseTensor([3, 5, 7]), { axis, gamma: noiseTensor([5, 7], 2) }));
      near('y', await run([-1, -2]), await run([-2, -1]), 0);
      near('of a constant', await read(() => rmsNorm([[3, 3, 3]])), 1, 1e-6);
      await agrees({ kind: 'rmsNorm', shape: [3, 5, 7], axis: -1 }, 1e-6, precision);
    },
  },
  {
    name: 'K test_normalize_l2_zero_vector_gradients: the gradient at the zero vector is finite: dy / √epsilon, and 0 with epsilon 0',
    check: async () => {
      const slope = (epsilon: number) =>
        read(() => tf.grad((x) => rmsNorm(x, { epsilon }))(tf.zeros([2, 3]), tf.ones([2, 3])));
      near('epsilon 1e-6', await slope(1e-6), 1e3, 1e-3);
      near('epsilon 0', await slope(0), 0, 0);
    },
  },
  {
    name: 'ONNX LpNormalization: 0 / 0 is 0',
    check: async () => {
      near(
        'y',
        await read(() =>
          rmsNorm(
            [
              [0, 0, 0],
              [3, 4, 0],
            ],
            { epsilon: 0 },
          ),
        ).then((y) => y.slice(0, 3)),
        0,
        0,
      );
    },
  },
];
