import { batchNorm, groupNorm, instanceNorm, layerNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Layout } from '../../cases.ts';
import { agrees, differs, moments, near, noiseTensor, type Property, read, refuses, untyped } from './measure.ts';

export const groupNormProperties: readonly Property[] = [
  {
    name: 'K test_groups_bigger_than_dim_error: 5 groups and 3 groups of 4 channels are refused',
    check: () => {
      for (const groups of [5, 3]) refuses('groups', () => groupNorm(tf.ones([2, 3, 4]), { groups }));
    },
  },
  {
    name: "K test_groups_rejects_invalid_values: groups 0, -2, 1.5 and '32' are refused; -1 is not",
    check: () => {
      const x = tf.ones([2, 3, 32]);
      for (const groups of [0, -2, 1.5, '32'])
        refuses('groups', () => groupNorm(x, { groups: untyped<number>(groups) }));
      tf.dispose([x, groupNorm(x, { groups: -1 })]);
    },
  },
  {
    name: 'K test_groups_instance_norm: groups -1 is as many groups as channels',
    check: async () => {
      const run = (groups: number) => read(() => groupNorm(noiseTensor([2, 5, 6]), { groups }));
      near('y', await run(-1), await run(6), 0);
    },
  },
  {
    name: 'K test_mixed_precision_large_input_no_nan: an input of 70000 everywhere gives 0',
    check: async () => {
      near('y', await read(() => groupNorm(tf.fill([2, 5, 5, 8], 70000), { groups: 4 })), 0, 0);
    },
  },
  {
    name: 'K test_groupnorm: there are 32 groups where none are given',
    check: async () => {
      const run = (options: { groups?: number }) => read(() => groupNorm(noiseTensor([2, 3, 64]), options));
      near('y', await run({}), await run({ groups: 32 }), 0);
    },
  },
  {
    name: 'T test_axis_error: axis 0 is refused',
    check: () => refuses('axis', () => groupNorm(tf.ones([4, 4, 4]), { axis: 0, groups: 2 })),
  },
  {
    name: 'T test_apply_normalization, test_reshape: constant groups give exactly 0; groups are those of the reshaped input',
    check: async () => {
      const constant = await read(() => groupNorm([[1, 1, 2, 2, 3, 3]], { groups: 3 }));
      near('constant groups', constant, 0, 0);
      const forms: { axis: number; groups: number; reshaped: number[]; over: number[] }[] = [
        { axis: 2, groups: 5, reshaped: [10, 10, 5, 2], over: [1, 3] },
        { axis: 1, groups: 2, reshaped: [10, 2, 5, 10], over: [2, 3] },
        { axis: 1, groups: -1, reshaped: [10, 10, 10], over: [2] },
        { axis: 1, groups: 1, reshaped: [10, 1, 10, 10], over: [2, 3] },
      ];
      for (const { axis, groups, reshaped, over } of forms) {
        const y = await read(() => groupNorm(noiseTensor([10, 10, 10]), { axis, groups }));
        const expected = await read(() => layerNorm(tf.reshape(noiseTensor([10, 10, 10]), reshaped), { axis: over }));
        near(`${groups} groups of axis ${axis}`, y, expected, 1e-5);
      }
    },
  },
  {
    name: 'T test_feature_input, test_picture_input: every axis but the batch, center and scale on and off, equals the definition; of rank 2 with groups -1 y is beta',
    check: async (precision) => {
      const layouts = [
        ...[-1, 1, 2, 5].map((groups): Layout => ({ kind: 'groupNorm', shape: [7, 10], axis: 1, groups })),
        ...[1, 2, 3].flatMap((axis) =>
          [-1, 1, 3].map((groups): Layout => ({ kind: 'groupNorm', shape: [2, 6, 9, 3], axis, groups })),
        ),
      ];
      for (const layout of layouts) {
        for (const gamma of [true, false]) {
          for (const beta of [true, false]) await agrees(layout, 1e-3, precision, { gamma, beta });
        }
      }
      const beta = [0.5, -2, 3];
      const y = await read(() => groupNorm(noiseTensor([2, 3]), { groups: -1, beta, gamma: [2, 3, 5] }));
      near('rank 2, groups -1', y, [...beta, ...beta], 0);
    },
  },
  {
    name: 'T/C correctness_1d, 2d, convnet: (y − beta) / gamma has mean 0 and deviation 1',
    check: async () => {
      for (const shape of [
        [5, 12],
        [5, 7, 12],
        [3, 5, 7, 12],
      ]) {
        const parameters = { gamma: tf.fill([12], 4), beta: tf.fill([12], 3) };
        const y = await read(() => groupNorm(noiseTensor(shape), { groups: 2, ...parameters }));
        moments(
          { kind: 'groupNorm', shape, axis: -1, groups: 2 },
          y.map((v) => (v - 3) / 4),
          0,
          1,
          1e-1,
        );
        tf.dispose(parameters);
      }
    },
  },
  {
    name: 'F GroupNorm(C, C) is instance norm, and batch norm for a batch of 1',
    check: async () => {
      const x = noiseTensor([1, 5, 7, 6]);
      const y = await read(() => groupNorm(x, { groups: 6 }));
      near('instance norm', y, await read(() => instanceNorm(x)), 0);
      near('batch norm', y, await read(() => batchNorm(x)), 1e-5);
      x.dispose();
    },
  },
  {
    name: 'M test_group_norm, pytorch_compatible: groups are of consecutive channels, each with mean 0 and variance 1; weight 2 and bias 3 give mean 3 and variance 4; 4 groups of 6 and 0 groups are refused (MLX refuses -1 too, and no channels: here -1 is one group per channel, and no channels give no output)',
    check: async () => {
      const layout: Layout = { kind: 'groupNorm', shape: [2, 5, 6], axis: -1, groups: 2 };
      const y = await read(() => groupNorm(noiseTensor(layout.shape), { groups: 2, epsilon: 1e-5 }));
      moments(layout, y, 0, 1, 1e-4);
      const alternating = await read(() => {
        const columns = tf.gather(noiseTensor(layout.shape), tf.tensor1d([0, 2, 4, 1, 3, 5], 'int32'), 2);
        const normalized = groupNorm(columns, { groups: 2, epsilon: 1e-5 });
        return tf.gather(normalized, tf.tensor1d([0, 3, 1, 4, 2, 5], 'int32'), 2);
      });
      differs('groups of channels c mod G', alternating, y);
      const parameters = { gamma: tf.fill([6], 2), beta: tf.fill([6], 3) };
      const scaled = await read(() =>
        groupNorm(noiseTensor(layout.shape), { groups: 2, epsilon: 1e-5, ...parameters }),
      );
      moments(layout, scaled, 3, 4, 1e-3);
      for (const groups of [4, 0]) refuses('groups', () => groupNorm(tf.ones([2, 6]), { groups }));
      tf.dispose([parameters, groupNorm(tf.ones([2, 6]), { groups: -1 }), groupNorm(tf.ones([2, 0]), { groups: -1 })]);
    },
  },
  {
    name: 'P _test_GroupNorm_general: with epsilon 0 mean 0 and variance 1 per group; scale and bias per channel undone give the same; bad pairs are refused',
    check: async () => {
      const good: [number[], number][] = [
        [[1, 2, 3, 4], 2],
        [[2, 3, 10], 3],
        [[3, 1, 1, 1, 2], 1],
        [[2, 6, 4, 2, 2], 3],
        [[1, 256, 1, 1], 32],
      ];
      for (const [shape, groups] of good) {
        const channels = shape[1] ?? 1;
        const plain = await read(() => groupNorm(noiseTensor(shape), { axis: 1, groups, epsilon: 0 }));
        moments({ kind: 'groupNorm', shape, axis: 1, groups }, plain, 0, 1, 1e-3);
        const undone = await read(() => {
          const perChannel = shape.map((_, axis) => (axis === 1 ? channels : 1));
          const [gamma, beta] = [tf.add(tf.abs(noiseTensor([channels], 2)), 0.5), noiseTensor([channels], 3)];
          const y = groupNorm(noiseTensor(shape), { axis: 1, groups, epsilon: 0, gamma, beta });
          return tf.div(tf.sub(y, tf.reshape(beta, perChannel)), tf.reshape(gamma, perChannel));
        });
        near('scale and bias undone', undone, plain, 1e-4);
      }
      const bad: [number[], number][] = [
        [[1, 2, 3, 4], 3],
        [[2, 3, 10], 2],
        [[3, 1, 1, 1, 2], 10],
        [[2, 6, 4, 2, 2], 4],
      ];
      for (const [shape, groups] of bad) refuses('groups', () => groupNorm(tf.ones(shape), { axis: 1, groups }));
    },
  },
  {
    name: "P module_inputs_torch_nn_GroupNorm: PyTorch's list of groups and shapes, with weight and bias, with neither, and with weight alone",
    check: async (precision) => {
      const listed: [groups: number, shape: number[]][] = [
        [3, [4, 6, 5]],
        [3, [4, 12]],
        [1, [150, 6]],
        [5, [4, 5, 5]],
        [1, [4, 10]],
        [3, [4, 6, 2, 3]],
      ];
      for (const [groups, shape] of listed) {
        const layout: Layout = { kind: 'groupNorm', shape, axis: 1, groups };
        await agrees(layout, 1e-3, precision);
        await agrees(layout, 1e-3, precision, { gamma: false, beta: false });
        await agrees(layout, 1e-3, precision, { beta: false });
      }
    },
  },
  {
    name: 'B group_norm_f16_large_group: 0.5 in all of 65536 values per group gives exactly 0',
    check: async () => {
      near('y', await read(() => groupNorm(tf.fill([1, 65536, 2], 0.5), { groups: 2 })), 0, 0);
    },
  },
];
