import { batchNorm, batchNormWithStats } from '@normkit/core';
import * as tf from '@tensorflow/tfjs-core';
import { differs, near, noiseTensor, type Property, read } from './measure.ts';

export const batchNormMaskProperties: readonly Property[] = [
  {
    name: 'K test_correctness: a mask changes nothing where the statistics are given, and changes the result where they are of the batch',
    check: async () => {
      const x = noiseTensor([5, 7, 3]);
      const mask = tf.tensor3d([1, 1, 0, 1, 0], [5, 1, 1]);
      const given = { mean: tf.fill([3], 0.5), variance: tf.fill([3], 2) };
      near('inference', await read(() => batchNorm(x, { ...given, mask })), await read(() => batchNorm(x, given)), 0);
      differs('training', await read(() => batchNorm(x, { mask })), await read(() => batchNorm(x)));
      tf.dispose([x, mask, given]);
    },
  },
  {
    name: 'K test_input_fully_masked: zeros under a mask of zeros give zeros, not NaN',
    check: async () => {
      const y = await read(() => batchNorm(tf.zeros([4, 3, 2]), { mask: tf.zeros([4, 3, 1]) }));
      near('y', y, 0, 0);
    },
  },
  {
    name: 'K test_bachnorm_ignore_masked_values: rows [1,5] and [2,5] beside masked rows have mean [1.5,5] and (biased) variance [0.25,0]',
    check: async () => {
      const x = [
        [1, 5],
        [2, 5],
        [0, 0],
        [0, 0],
        [0, 0],
      ];
      const mask = [[1], [1], [0], [0], [0]];
      const statistics = await read(() => {
        const { mean, variance } = batchNormWithStats(x, { mask });
        return tf.concat([mean, variance]);
      });
      near('mean and variance', statistics, [1.5, 5, 0.25, 0], 1e-6);
    },
  },
  {
    name: 'K test_masked_broadcast_normalization: ones under a broadcast mask give 0, mean 1 and variance 0',
    check: async () => {
      const results = await read(() => {
        const mask = tf.tensor4d([1, 0], [1, 2, 1, 1]);
        const { y, mean, variance } = batchNormWithStats(tf.ones([1, 2, 3, 4]), { mask });
        return tf.concat([tf.reshape(y, [24]), tf.sub(mean, 1), variance]);
      });
      near('y, mean − 1 and variance', results, 0, 1e-6);
    },
  },
];
