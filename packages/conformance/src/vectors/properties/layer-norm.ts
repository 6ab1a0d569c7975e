import { batchNorm, groupNorm, instanceNorm, layerNorm, rmsNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Layout } from '../../cases.ts';
import { agrees, moments, near, noiseTensor, type Property, read, refuses, untyped } from './measure.ts';

export const layerNormProperties: readonly Property[] = [
  {
    name: 'K test_ln_basics: axis (-3,-2,-1) works, and so does an input of shape (1,0,10)',
    check: async (precision) => {
      await agrees({ kind: 'layerNorm', shape: [2, 3, 5, 7], axis: [-3, -2, -1] }, 1e-3, precision);
      const y = tf.tidy(() => layerNorm(tf.zeros([1, 0, 10]), { gamma: tf.ones([10]), beta: tf.ones([10]) }));
      near('shape', y.shape, [1, 0, 10], 0);
      y.dispose();
    },
  },
  {
    name: 'K test_invalid_axis, test_out_of_bounds_axis, test_duplicate_axis: an object, 2, 99, -3 and -99 of rank 2 (alone and in a list) and [-1,1] are refused',
    check: () => {
      const x = tf.ones([2, 3]);
      for (const axis of [{}, new Set([1]), 2, 99, -3, -99, [0, 2], [-99], [-1, 1], [1, 1]]) {
        refuses('axis', () => layerNorm(x, { axis: untyped<number>(axis) }));
        refuses('axis', () => rmsNorm(x, { axis: untyped<number>(axis) }));
      }
      x.dispose();
    },
  },
  {
    name: 'K test_unsorted_axis: axis [-1,-2] is [-2,-1]',
    check: async () => {
      const run = (axis: number[]) =>
        read(() =>
          layerNorm(noiseTensor([3, 5, 7]), { axis, gamma: noiseTensor([5, 7], 2), beta: noiseTensor([5, 7], 3) }),
        );
      near('y', await run([-1, -2]), await run([-2, -1]), 0);
    },
  },
  {
    name: 'K test_correctness: y has mean 0 and deviation 1',
    check: async () => {
      const layout: Layout = { kind: 'layerNorm', shape: [5, 3, 37], axis: -1 };
      moments(layout, await read(() => layerNorm(noiseTensor(layout.shape))), 0, 1, 1e-2);
    },
  },
  {
    name: 'K float16 autocast: a gamma of 70000, past float16, is kept',
    check: async () => {
      const y = await read(() => layerNorm([[-1, 1]], { gamma: [70000, 70000], epsilon: 0 }));
      near('y', y, [-70000, 70000], 0.1);
    },
  },
  {
    name: "J constructor: axis 'foo', 1.2 and [1,1.5] are refused, and so is [-2,-1,-1]; no tensor leaks, forward or backward",
    check: () => {
      const x = noiseTensor([2, 3, 5]);
      for (const axis of ['foo', 1.2, [1, 1.5], [-2, -1, -1]]) {
        refuses('axis', () => layerNorm(x, { axis: untyped<number>(axis) }));
      }
      const before = tf.memory().numTensors;
      layerNorm(x).dispose();
      tf.grad((v) => layerNorm(v))(x).dispose();
      near('tensors', [tf.memory().numTensors], [before], 0);
      x.dispose();
    },
  },
  {
    name: 'F LayerNorm: equals the definition at ranks 1 to 4, over the last axis and over several, with parameters and without',
    check: async (precision) => {
      for (const shape of [[11], [5, 3], [5, 7, 3], [2, 5, 7, 3]]) {
        for (const axis of [[-1], [-2, -1], [-3, -2, -1]].filter(({ length }) => length <= shape.length)) {
          await agrees({ kind: 'layerNorm', shape, axis }, 1e-5, precision);
          await agrees({ kind: 'layerNorm', shape, axis }, 1e-5, precision, { gamma: false, beta: false });
        }
      }
    },
  },
  {
    name: 'P _test_LayerNorm_general: with epsilon 0 mean 0 and variance 1; with gamma 3 and beta 2 mean 2 and variance 9; parameters of another shape are refused',
    check: async () => {
      for (const shape of [
        [11, 7],
        [3, 5, 7],
        [2, 3, 5, 7],
        [2, 3, 5, 7, 3],
      ]) {
        for (const axis of [[-1], [-2, -1]]) {
          const layout: Layout = { kind: 'layerNorm', shape, axis };
          const extents = axis.map((a) => shape.at(a) ?? 1);
          const plain = await read(() => layerNorm(noiseTensor(shape), { axis, epsilon: 0 }));
          moments(layout, plain, 0, 1, 1e-5);
          const parameters = { gamma: tf.fill(extents, 3), beta: tf.fill(extents, 2) };
          const scaled = await read(() => layerNorm(noiseTensor(shape), { axis, epsilon: 0, ...parameters }));
          moments(layout, scaled, 2, 9, 1e-4);
          tf.dispose(parameters);
        }
      }
      refuses('gamma', () => layerNorm(tf.ones([2, 3, 5]), { gamma: [1, 2, 3] }));
      refuses('beta', () => layerNorm(tf.ones([2, 3, 5]), { axis: [1, 2], beta: [1, 2, 3, 4, 5] }));
    },
  },
  {
    name: 'W layerNormalization: axes [] give 0, or the bias; so does a scalar. (WebNN orders scale by `axes`; here it is in ascending order of axis)',
    check: async (precision) => {
      near('no axes', await read(() => layerNorm(noiseTensor([2, 3]), { axis: [] })), 0, 0);
      near('no axes, bias', await read(() => layerNorm(noiseTensor([2, 3]), { axis: [], beta: 0.5 })), 0.5, 0);
      near('scalar', await read(() => layerNorm(7, { axis: [] })), [0], 0);
      await agrees({ kind: 'layerNorm', shape: [2, 3, 5, 7], axis: [1, 2, 3] }, 1e-5, precision);
      refuses('gamma', () => layerNorm(tf.ones([2, 3, 5, 7]), { axis: [3, 1, 2], gamma: tf.ones([7, 3, 5]) }));
    },
  },
  {
    name: 'M/B epsilon: 0 is allowed, as in WebNN (MLX and burn refuse it); a negative one, NaN and infinity are refused',
    check: async () => {
      const norms = [layerNorm, rmsNorm, batchNorm, instanceNorm];
      for (const norm of norms) {
        for (const epsilon of [-1e-3, Number.NaN, Number.POSITIVE_INFINITY]) {
          refuses('epsilon', () => norm(tf.ones([2, 3, 5]), { epsilon }));
          refuses('epsilon', () => groupNorm(tf.ones([2, 3, 5]), { groups: 5, epsilon }));
        }
        const y = await read(() => norm(noiseTensor([5, 7, 3]), { epsilon: 0 }));
        if (!y.every(Number.isFinite)) throw new Error('epsilon 0 gave a number that is not finite');
      }
    },
  },
];
