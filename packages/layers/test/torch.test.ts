import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import type {} from '../../../vitest.vectors.ts';
import {
  batchNormalization,
  filterResponseNormalization,
  fromTorch,
  groupNormalization,
  instanceNormalization,
  layerNormalization,
  rmsNormalization,
  type TorchStateDict,
  toTorch,
} from '../src/index.ts';
import { largestDifference, randomizeWeights } from './models.ts';

beforeAll(() => tf.setBackend('cpu'));

const built = <T extends tf.layers.Layer>(layer: T, shape: number[]): T => {
  layer.apply(tf.zeros(shape));
  return layer;
};
const values = (stateDict: Record<string, tf.Tensor>) =>
  Object.fromEntries(Object.entries(stateDict).map(([name, value]) => [name, [...value.dataSync()]]));

const state: TorchStateDict = {
  'net.bn.weight': [2, 3],
  'net.bn.bias': Float32Array.of(0.5, -1),
  'net.bn.running_mean': tf.tensor1d([1, 4]),
  'net.bn.running_var': [0.75, 2.5],
  'net.bn.num_batches_tracked': new BigInt64Array([7n]),
  'net.conv.weight': [1],
};

/** PyTorch's numbers, in float64 over float32 inputs. */
const golden = (inject('vectors').golden ?? { cases: [] }) as unknown as {
  cases: {
    name: string;
    kind: string;
    shape: number[];
    axis: number | number[];
    groups: number | null;
    epsilon: number;
    paramShape: number[];
    x: number[];
    gamma: number[] | null;
    beta: number[] | null;
    y: number[];
  }[];
};

describe('fromTorch', () => {
  it.each([
    ['ours', batchNormalization({ epsilon: 0.25 })],
    ['the stock one', tf.layers.batchNormalization({ epsilon: 0.25 })],
  ])('gives BatchNormalization, %s, what PyTorch computes in eval()', (_, layer) => {
    built(layer, [1, 2]);
    fromTorch(layer, state, { prefix: 'net.bn' });
    const y = layer.apply(tf.tensor2d([[3, 1]])) as tf.Tensor;
    // (3 − 1) / √(0.75 + 0.25) · 2 + 0.5, (1 − 4) / √2.75 · 3 − 1
    const expected = tf.tensor2d([[4.5, (-3 / Math.sqrt(2.75)) * 3 - 1]]);
    expect(largestDifference(y, expected)).toBeLessThan(1e-6);
  });

  it("converts the unbiased variance to the population's where the count is known, and back", () => {
    const layer = built(batchNormalization(), [1, 2]);
    fromTorch(layer, state, { prefix: 'net.bn.', count: 5 });
    expect(values(toTorch(layer))['running_var']?.map((value) => value.toFixed(5))).toEqual(['0.60000', '2.00000']);
    expect(values(toTorch(layer, { count: 5 }))['running_var']?.map((value) => value.toFixed(5))).toEqual([
      '0.75000',
      '2.50000',
    ]);
  });

  it('counts batches where the layer does', () => {
    const layer = built(batchNormalization({ movingAverage: 'cumulative' }), [1, 2]);
    fromTorch(layer, state, { prefix: 'net.bn' });
    expect(values(toTorch(layer))['num_batches_tracked']).toEqual([7]);
    expect(values(toTorch(built(batchNormalization(), [1, 2])))['num_batches_tracked']).toEqual([0]);
  });

  const cases = golden.cases.filter(({ kind, gamma }) => kind !== 'batch' && gamma !== null);
  it.skipIf(cases.length === 0)('gives the layers the outputs of PyTorch (data beside the project)', () => {
    for (const { name, kind, shape, axis, groups, epsilon, paramShape, x, gamma, beta, y } of cases) {
      if (axis === 0) continue; // A layer leaves the batch alone.
      const args = { epsilon, center: beta !== null };
      const channel = axis as number;
      const layer =
        kind === 'group'
          ? groupNormalization({ ...args, axis: channel, groups: groups ?? 1 })
          : kind === 'instance'
            ? instanceNormalization({ ...args, axis: channel })
            : kind === 'layer'
              ? layerNormalization({ ...args, axis })
              : rmsNormalization({ axis, epsilon });
      const input = tf.tensor(x, shape);
      built(layer, shape);
      const weight = tf.tensor(gamma ?? [], paramShape);
      fromTorch(layer, { weight, ...(beta ? { bias: tf.tensor(beta, paramShape) } : {}) });
      expect(largestDifference(layer.apply(input) as tf.Tensor, tf.tensor(y, shape)), name).toBeLessThan(1e-5);
    }
  });

  it('takes a flat typed array for a layer norm of several axes, and says where axes are in another order', () => {
    const layer = built(layerNormalization({ axis: [1, 2, 3] }), [1, 2, 3, 5]);
    const numbers = Float32Array.from({ length: 30 }, (_, index) => index);
    fromTorch(layer, { weight: numbers, bias: tf.ones([2, 3, 5]) });
    expect([...(layer.getWeights()[0]?.dataSync() ?? [])]).toEqual([...numbers]);
    expect(() => fromTorch(layer, { weight: tf.ones([5, 2, 3]), bias: tf.ones([2, 3, 5]) })).toThrow(
      "fromTorch: weight must have shape [2,3,5]. Got [5,2,3]; transpose it to the order of the layer's axes.",
    );
  });

  it('changes nothing where something does not fit, and leaves no tensors', () => {
    const layer = built(batchNormalization({ name: 'bn' }), [1, 2]);
    const [weights, before] = [layer.getWeights().map((weight) => [...weight.dataSync()]), tf.memory().numTensors];
    const { 'net.bn.bias': _, ...noBias } = state;
    expect(() => fromTorch(layer, noBias, { prefix: 'net.bn' })).toThrow(
      "[normkit] fromTorch: bn (BatchNormalization) takes weight, bias, running_mean and running_var under 'net.bn'. Got weight, running_mean, running_var, num_batches_tracked; a layer with scale: false has no weight, and one with center: false no bias.",
    );
    expect(() => fromTorch(layer, { ...state, 'net.bn.running_var': [1] }, { prefix: 'net.bn' })).toThrow(
      'running_var must have shape [2]. Got [1].',
    );
    const modules = "Got none of them; give the module as prefix; the state dict has 'net.bn', 'net.conv'.";
    expect(() => fromTorch(layer, state)).toThrow(modules);
    expect(() => fromTorch(layer, state, { prefix: 'bn' })).toThrow(modules);
    expect(() => fromTorch(layer, { weight: [1, 1] }, { prefix: 'bn' })).toThrow('the state dict has no modules');
    expect(() => fromTorch(layer, new Map(Object.entries(state)) as never)).toThrow(
      'stateDict must be an object with values by name, { weight: … }. Got Map; write Object.fromEntries(map).',
    );
    expect(() => fromTorch(layer, undefined as never)).toThrow('stateDict must be an object with values by name');
    expect(() => fromTorch(layer, state, { count: 1 })).toThrow('count must be an integer above 1');
    expect(layer.getWeights().map((weight) => [...weight.dataSync()])).toEqual(weights);
    fromTorch(layer, state, { prefix: 'net.bn' });
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a layer that PyTorch does not have, one that is not built, and averages that a layer does not have', () => {
    expect(() => fromTorch(tf.layers.dense({ units: 1 }), {})).toThrow('Got Dense');
    expect(() => fromTorch(built(filterResponseNormalization(), [1, 2, 2, 2]), {})).toThrow(
      'layer must be of a class that PyTorch has too',
    );
    expect(() => fromTorch({} as tf.layers.Layer, {})).toThrow('Got Object');
    expect(() => fromTorch(batchNormalization({ name: 'bn' }), state)).toThrow('bn has no weights yet');
    const tracked = { weight: [1, 1], bias: [0, 0], running_mean: [0, 0], running_var: [1, 1] };
    expect(() => fromTorch(built(instanceNormalization(), [1, 3, 2]), tracked)).toThrow(
      'takes weight and bias. Got weight, bias, running_mean',
    );
  });
});

describe('toTorch', () => {
  it.each([
    ['GroupNorm', groupNormalization({ groups: 2 }), ['weight', 'bias']],
    ['InstanceNorm', instanceNormalization(), ['weight', 'bias']],
    ['InstanceNorm, affine=False', instanceNormalization({ center: false, scale: false }), []],
    ['LayerNorm, bias=False', layerNormalization({ axis: [1, 2], center: false }), ['weight']],
    ['LayerNorm, the stock layer', tf.layers.layerNormalization(), ['weight', 'bias']],
    ['RMSNorm', rmsNormalization(), ['weight']],
    ['BatchNorm', batchNormalization(), ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']],
    [
      'BatchNorm, affine=False',
      batchNormalization({ center: false, scale: false }),
      ['running_mean', 'running_var', 'num_batches_tracked'],
    ],
  ])('%s: the names that load_state_dict expects, and fromTorch reads back', (_, layer, names) => {
    const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [3, 4] }), layer] });
    randomizeWeights(model, 3);
    const before = tf.memory().numTensors;
    const stateDict = toTorch(layer, { prefix: 'm' });
    expect(Object.keys(stateDict)).toEqual(names.map((name) => `m.${name}`));
    expect(tf.memory().numTensors).toBe(before + names.length);
    const weights = layer.getWeights().map((weight) => [...weight.dataSync()]);
    randomizeWeights(model, 99);
    fromTorch(layer, stateDict, { prefix: 'm' });
    expect(layer.getWeights().map((weight) => [...weight.dataSync()])).toEqual(weights);
  });
});
