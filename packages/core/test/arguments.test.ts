import {
  batchNorm,
  batchNormWithStats,
  explain,
  groupNorm,
  instanceNorm,
  layerNorm,
  NormkitError,
  rmsNorm,
} from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';

/** What a JavaScript caller can write, whatever the types say. */
// biome-ignore lint/suspicious/noExplicitAny: the calls below are wrong on purpose
type Wrong = any;
const wrong = (value: unknown): Wrong => value;

const x = tf.randomUniform([8, 14, 14, 30]);
const row = tf.tensor2d([[1, 2, 3, 4]]);
const disposed = tf.ones([4]);
disposed.dispose();

const calls: [what: string, call: () => unknown, argument: string, message: string][] = [
  [
    'groups that do not divide',
    () => groupNorm(x, { groups: 4 }),
    'groups',
    '[normkit] groupNorm: the number of channels must be divisible by groups. Got shape [8,14,14,30] (axis -1 = 30) with groups = 4; use groups 1, 2, 3, 5, 6, 10, 15 or 30.',
  ],
  [
    'default groups on few channels',
    () => groupNorm(x),
    'groups',
    '[normkit] groupNorm: groups cannot be more than the number of channels. Got shape [8,14,14,30] (axis -1 = 30) with groups = 32; use groups 1, 2, 3, 5, 6, 10, 15 or 30.',
  ],
  [
    'groups 0',
    () => groupNorm(x, { groups: 0 }),
    'groups',
    '[normkit] groupNorm: groups must be a positive integer, or -1 for one group per channel. Got shape [8,14,14,30] (axis -1 = 30) with groups = 0.',
  ],
  [
    'groups -2',
    () => groupNorm(x, { groups: -2 }),
    'groups',
    '[normkit] groupNorm: groups must be a positive integer, or -1 for one group per channel. Got shape [8,14,14,30] (axis -1 = 30) with groups = -2.',
  ],
  [
    'groups 1.5',
    () => groupNorm(x, { groups: 1.5 }),
    'groups',
    '[normkit] groupNorm: groups must be a positive integer, or -1 for one group per channel. Got shape [8,14,14,30] (axis -1 = 30) with groups = 1.5.',
  ],
  [
    "groups '32'",
    () => groupNorm(x, { groups: wrong('32') }),
    'groups',
    "[normkit] groupNorm: groups must be a positive integer, or -1 for one group per channel. Got shape [8,14,14,30] (axis -1 = 30) with groups = '32'.",
  ],
  [
    'groups null',
    () => groupNorm(x, { groups: wrong(null) }),
    'groups',
    '[normkit] groupNorm: groups must be a positive integer, or -1 for one group per channel. Got shape [8,14,14,30] (axis -1 = 30) with groups = null.',
  ],
  [
    'the batch axis, group norm',
    () => groupNorm(x, { axis: 0, groups: 1 }),
    'axis',
    '[normkit] groupNorm: axis 0 is the batch axis of shape [8,14,14,30], and each sample has statistics of its own; use 1, 2 or 3.',
  ],
  [
    'the batch axis, instance norm',
    () => instanceNorm(x, { axis: -4 }),
    'axis',
    '[normkit] instanceNorm: axis -4 is the batch axis of shape [8,14,14,30], and each sample has statistics of its own; use 1, 2 or 3.',
  ],
  [
    'rank 1, group norm',
    () => groupNorm([1, 2], { groups: 1 }),
    'axis',
    '[normkit] groupNorm: axis -1 is the batch axis of shape [2], and each sample has statistics of its own; x needs at least two axes.',
  ],
  [
    'axis out of range',
    () => layerNorm(row, { axis: 2 }),
    'axis',
    '[normkit] layerNorm: axis 2 is out of bounds for shape [1,4] of rank 2; use -2 to 1.',
  ],
  [
    'one of the axes out of range',
    () => layerNorm(row, { axis: [0, -3] }),
    'axis',
    '[normkit] layerNorm: axis -3 is out of bounds for shape [1,4] of rank 2; use -2 to 1.',
  ],
  [
    'axis of a scalar',
    () => rmsNorm(3),
    'axis',
    '[normkit] rmsNorm: axis -1 is out of bounds for shape [] of rank 0; a scalar has no axes.',
  ],
  [
    'duplicate axes',
    () => layerNorm(row, { axis: [-1, 1] }),
    'axis',
    '[normkit] layerNorm: duplicate axes: [-1,1] names one axis of shape [1,4] twice (counted from the front: [1,1]).',
  ],
  [
    'axis 1.2',
    () => layerNorm(row, { axis: 1.2 }),
    'axis',
    '[normkit] layerNorm: axis must be an integer. Got 1.2 for shape [1,4].',
  ],
  [
    "axis 'foo'",
    () => layerNorm(row, { axis: wrong('foo') }),
    'axis',
    "[normkit] layerNorm: axis must be an integer. Got 'foo' for shape [1,4].",
  ],
  [
    'axis as a set',
    () => layerNorm(row, { axis: wrong(new Set([1])) }),
    'axis',
    '[normkit] layerNorm: axis must be an integer. Got Set(1) for shape [1,4].',
  ],
  [
    'a list of axes where one is wanted',
    () => batchNorm(row, { axis: wrong([1]) }),
    'axis',
    '[normkit] batchNorm: axis must be an integer. Got [1] for shape [1,4].',
  ],
  [
    'epsilon negative',
    () => rmsNorm(row, { epsilon: -1e-3 }),
    'epsilon',
    '[normkit] rmsNorm: epsilon must be a finite number, 0 or more. Got -0.001; 1e-3 is usual.',
  ],
  [
    'epsilon NaN',
    () => batchNorm(row, { epsilon: Number.NaN }),
    'epsilon',
    '[normkit] batchNorm: epsilon must be a finite number, 0 or more. Got NaN; 1e-3 is usual.',
  ],
  [
    'epsilon infinite',
    () => layerNorm(row, { epsilon: Number.POSITIVE_INFINITY }),
    'epsilon',
    '[normkit] layerNorm: epsilon must be a finite number, 0 or more. Got Infinity; 1e-3 is usual.',
  ],
  [
    "epsilon '1e-3'",
    () => groupNorm(row, { groups: 2, epsilon: wrong('1e-3') }),
    'epsilon',
    "[normkit] groupNorm: epsilon must be a finite number, 0 or more. Got '1e-3'; 1e-3 is usual.",
  ],
  [
    'gamma of a wrong shape',
    () => layerNorm(row, { gamma: [1, 2, 3] }),
    'gamma',
    '[normkit] layerNorm: gamma must have shape [4] for x of shape [1,4]. Got [3].',
  ],
  [
    'gamma of a wrong rank',
    () => layerNorm(row, { gamma: [[1, 2, 3, 4]] }),
    'gamma',
    '[normkit] layerNorm: gamma must have shape [4] for x of shape [1,4]. Got [1,4].',
  ],
  [
    'gamma in the order of unsorted axes',
    () => layerNorm(x, { axis: [3, 1], gamma: tf.ones([30, 14]) }),
    'gamma',
    '[normkit] layerNorm: gamma must have shape [14,30] for x of shape [8,14,14,30]. Got [30,14].',
  ],
  [
    'beta of a wrong shape',
    () => instanceNorm(x, { beta: 0 }),
    'beta',
    '[normkit] instanceNorm: beta must have shape [30] for x of shape [8,14,14,30]. Got [].',
  ],
  [
    'mask that does not broadcast',
    () => batchNorm(x, { mask: tf.ones([8, 14]) }),
    'mask',
    '[normkit] batchNorm: mask must broadcast to x of shape [8,14,14,30]. Got [8,14]; a mask of the leading axes needs trailing axes of 1, such as [8,1,1,1].',
  ],
  [
    'mask of more axes than x',
    () => layerNorm(row, { mask: tf.ones([1, 1, 4]) }),
    'mask',
    '[normkit] layerNorm: mask must broadcast to x of shape [1,4]. Got [1,1,4]; a mask of the leading axes needs trailing axes of 1, such as [1,1].',
  ],
  [
    'mean without variance',
    () => batchNorm(row, { mean: [0, 0, 0, 0] }),
    'variance',
    '[normkit] batchNorm: mean and variance go together. Got mean without variance; give both, or neither for the statistics of the batch.',
  ],
  [
    'variance without mean',
    () => batchNorm(row, { variance: [0, 0, 0, 0] }),
    'mean',
    '[normkit] batchNorm: mean and variance go together. Got variance without mean; give both, or neither for the statistics of the batch.',
  ],
  [
    'mean of a wrong shape',
    () => batchNorm(row, { mean: [0], variance: [1] }),
    'mean',
    '[normkit] batchNorm: mean must have shape [4] for x of shape [1,4]. Got [1].',
  ],
  [
    'complex x',
    () => layerNorm(tf.complex([1, 2], [3, 4])),
    'x',
    '[normkit] layerNorm: x must be float32, int32 or bool. Got dtype complex64, shape [2].',
  ],
  [
    'strings',
    () => layerNorm(['a', 'b']),
    'x',
    "[normkit] layerNorm: x must be an array of numbers or booleans. Got 'a' at [0].",
  ],
  [
    'a string tensor',
    () => layerNorm(tf.tensor(['a', 'b'])),
    'x',
    '[normkit] layerNorm: x must be float32, int32 or bool. Got dtype string, shape [2].',
  ],
  [
    'an array of tensors',
    () => layerNorm(wrong([row, row])),
    'x',
    '[normkit] layerNorm: x must be an array of numbers or booleans. Got Tensor at [0]; tf.stack makes one tensor of several.',
  ],
  [
    'a hole in x',
    () =>
      layerNorm(
        wrong([
          [1, 2],
          [3, null],
        ]),
      ),
    'x',
    '[normkit] layerNorm: x must be an array of numbers or booleans. Got null at [1][1].',
  ],
  [
    'a bigint',
    () => layerNorm(row, { gamma: wrong([1, 2, 3, 4n]) }),
    'gamma',
    '[normkit] layerNorm: gamma must be an array of numbers or booleans. Got 4n at [3].',
  ],
  [
    'a string gamma',
    () => layerNorm(row, { gamma: ['a', 'b', 'c', 'd'] }),
    'gamma',
    "[normkit] layerNorm: gamma must be an array of numbers or booleans. Got 'a' at [0].",
  ],
  [
    'ragged x',
    () => layerNorm([[1, 2], [3]]),
    'x',
    '[normkit] layerNorm: x must be a rectangular array. Got rows of 2 and 1 elements side by side.',
  ],
  [
    'no x',
    () => layerNorm(wrong(undefined)),
    'x',
    '[normkit] layerNorm: x must be a Tensor, a number, or an array of numbers (nested, Float32Array, Int32Array or Uint8Array). Got undefined.',
  ],
  [
    'float64 values',
    () => layerNorm(wrong(Float64Array.of(1, 2))),
    'x',
    '[normkit] layerNorm: x must be a Tensor, a number, or an array of numbers (nested, Float32Array, Int32Array or Uint8Array). Got Float64Array.',
  ],
  [
    'an object for x',
    () => batchNormWithStats(wrong({ shape: [1] })),
    'x',
    '[normkit] batchNormWithStats: x must be a Tensor, a number, or an array of numbers (nested, Float32Array, Int32Array or Uint8Array). Got Object.',
  ],
  [
    'a disposed gamma',
    () => layerNorm(row, { gamma: disposed }),
    'gamma',
    '[normkit] layerNorm: gamma is a disposed tensor of shape [4]; use it before it is disposed, or tf.keep it.',
  ],
  [
    'a disposed x',
    () => rmsNorm(disposed),
    'x',
    '[normkit] rmsNorm: x is a disposed tensor of shape [4]; use it before it is disposed, or tf.keep it.',
  ],
  [
    'a misspelt option',
    () => groupNorm(x, wrong({ group: 5 })),
    'options',
    "[normkit] groupNorm: there is no option 'group'; the options are groups, axis, gamma, beta, epsilon, mask.",
  ],
  [
    "an option of another norm's",
    () => rmsNorm(row, wrong({ beta: [1, 2, 3, 4] })),
    'options',
    "[normkit] rmsNorm: there is no option 'beta'; the options are axis, gamma, epsilon, mask.",
  ],
  [
    'an axis for options',
    () => layerNorm(row, wrong(-1)),
    'options',
    '[normkit] layerNorm: options must be an object. Got -1; write { axis: … }, say.',
  ],
  [
    'a tensor for options',
    () => layerNorm(row, wrong(row)),
    'options',
    '[normkit] layerNorm: options must be an object. Got Tensor; write { axis: … }, say.',
  ],
  [
    'the input of a layer',
    () => layerNorm(wrong(tf.input({ shape: [4] }))),
    'x',
    "[normkit] layerNorm: x must be a Tensor, a number, or an array of numbers (nested, Float32Array, Int32Array or Uint8Array). Got SymbolicTensor, which stands for a layer's input: use layerNorm in the call method of a layer.",
  ],
  [
    'channels first without axis',
    () => groupNorm(tf.ones([2, 30, 4, 4]), { groups: 5 }),
    'groups',
    '[normkit] groupNorm: groups cannot be more than the number of channels. Got shape [2,30,4,4] (axis -1 = 4) with groups = 5; use groups 1, 2 or 4, or axis 1 if the channels are there.',
  ],
  [
    'a tensor for a shape',
    () => explain('layerNorm', wrong(row)),
    'shape',
    '[normkit] layerNorm: shape must be an array of non-negative integers. Got Tensor; of a tensor it is x.shape.',
  ],
  [
    'an unknown batch size',
    () => explain('layerNorm', wrong([null, 3])),
    'shape',
    '[normkit] layerNorm: shape must be an array of non-negative integers. Got [null,3]; of a tensor it is x.shape.',
  ],
  [
    'a norm that does not exist',
    () => explain(wrong('powerNorm'), [3, 4]),
    'norm',
    "[normkit] explain: there is no norm 'powerNorm'; use batchNorm, groupNorm, instanceNorm, layerNorm or rmsNorm.",
  ],
];

describe('bad input', () => {
  it.each(calls)('%s: a typed error that says what would be right', (_, call, argument, message) => {
    let thrown: unknown;
    // The wrong arguments themselves are made in the call; a tidy takes them away.
    tf.tidy(() => {
      try {
        call();
      } catch (error) {
        thrown = error;
      }
    });
    expect(thrown).toBeInstanceOf(NormkitError);
    expect(thrown).toMatchObject({ name: 'NormkitError', argument, message });
  });

  it('leaves nothing behind, also of arguments that were arrays', () => {
    const given = tf.ones([2, 4]);
    const before = tf.memory();
    for (const refused of [
      () => layerNorm([[1, 2]], { gamma: [1, 2, 3] }),
      () => layerNorm(given, { gamma: [1, 2, 3, 4], mask: [[1, 2]] }),
      () =>
        batchNorm(
          tf.tidy(() => given),
          { mean: [0, 0, 0, 0] },
        ),
      () => groupNorm(given, { groups: 2, epsilon: Number.NaN }),
    ]) {
      expect(refused).toThrow(NormkitError);
      expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numBytes: before.numBytes });
    }
  });

  it('is refused before a kernel runs', async () => {
    const { kernels } = await tf.profile(() => {
      expect(() => groupNorm(x, { groups: 5, gamma: [1] })).toThrow(NormkitError);
      expect(() => batchNorm(x, { mean: tf.zeros([30]) })).toThrow(NormkitError);
    });
    expect(kernels).toEqual([]);
  });
});
