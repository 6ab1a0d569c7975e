import { createRequire } from 'node:module';
import '@normkit/backend-cpu';
import {
  accelerate,
  describeNormalization,
  foldBatchNorm,
  fromTorch,
  layerNormalization,
  recomputeMovingStatistics,
  toTorch,
  weightNormalization,
} from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';

/** TensorFlow.js as a script tag loads it, beside the one that the packages import. */
let other: typeof tf;

beforeAll(async () => {
  // It registers every kernel a second time, and says so of each.
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  other = createRequire(import.meta.url)('@tensorflow/tfjs/dist/tf.min.js');
  await tf.setBackend('cpu');
  await other.setBackend('cpu');
  warn.mockRestore();
});

const named = 'was made by another copy of TensorFlow.js than the one that @normkit/layers imports';
const model = (name: string) =>
  other.sequential({ layers: [other.layers.batchNormalization({ inputShape: [4], name })] });

describe('of two copies of TensorFlow.js', () => {
  it.each([
    [
      'a layer in a model',
      () =>
        other.sequential({
          layers: [other.layers.dense({ units: 3, inputShape: [2] }), layerNormalization() as never],
        }),
    ],
    [
      'a layer as the first of a model',
      () => other.sequential({ layers: [layerNormalization({ inputShape: [2] }) as never] }),
    ],
    ['a layer on an input', () => layerNormalization().apply(other.input({ shape: [2] }) as never)],
    ['a layer on a list with an input', () => layerNormalization().apply([other.input({ shape: [2] })] as never)],
    ['a wrapper around a layer', () => weightNormalization({ layer: other.layers.dense({ units: 3 }) as never })],
    ['describeNormalization', () => describeNormalization(model('d') as never)],
    ['accelerate', () => accelerate(model('a') as never)],
    ['foldBatchNorm', () => foldBatchNorm(model('f') as never)],
  ])('the other is named: %s', (_, run) => {
    expect(run).toThrow(named);
  });

  it('the other is named: recomputeMovingStatistics', async () => {
    await expect(recomputeMovingStatistics(model('r') as never, [tf.ones([2, 4])])).rejects.toThrow(named);
  });

  it('tensors of the other work', () => {
    const x = other.tensor2d([[1, 2, 3, 6]]);
    const y = layerNormalization({ epsilon: 0 }).apply(x as never) as tf.Tensor;
    expect(Array.from(y.dataSync())).toEqual(
      Array.from((layerNormalization({ epsilon: 0 }).apply(tf.tensor2d([[1, 2, 3, 6]])) as tf.Tensor).dataSync()),
    );
  });

  it('weights of the other go to PyTorch and come back', () => {
    const { layers } = model('t');
    const [norm] = layers as unknown as tf.layers.Layer[];
    const state = toTorch(norm as tf.layers.Layer);
    expect(Object.keys(state)).toEqual(['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked']);
    fromTorch(norm as tf.layers.Layer, { ...state, weight: [5, 6, 7, 8] });
    expect(Array.from((norm as tf.layers.Layer).getWeights()[0]?.dataSync() ?? [])).toEqual([5, 6, 7, 8]);
  });
});
