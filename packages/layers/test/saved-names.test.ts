import '@normkit/backend-cpu';
import {
  BatchNormalization,
  ContribInstanceNormalization,
  coveredNames,
  type GroupNormalization,
  InstanceNormalization,
  inspectNormalization,
  type LayerNormalization,
  toTorch,
} from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { keras2, loaded } from './keras-configs.ts';
import { distance, numbers, valuesOf, weightOf } from './values.ts';

beforeAll(() => tf.setBackend('cpu'));

describe('names under which layers were saved', () => {
  it('are these', () => {
    expect(coveredNames).toEqual([
      'GroupNormalization',
      'Addons>GroupNormalization',
      'Addons>InstanceNormalization',
      'InstanceNormalization',
      'LayerNormalization',
      'RMSNormalization',
      'BatchNormalization',
      'BatchNormalizationV1',
      'SyncBatchNormalization',
      'FrozenBatchNormalization',
      'UnitNormalization',
      'Addons>FilterResponseNormalization',
      'Addons>WeightNormalization',
      'SpectralNormalization',
      'Addons>SpectralNormalization',
      'Normalization',
      'Addons>LayerNormLSTMCell',
      'Addons>LayerNormSimpleRNNCell',
      'LayerNormGRUCell',
    ]);
  });

  it.each(coveredNames)('%s: its own className, and a default name that TensorFlow.js takes', async (name) => {
    const wrapped = { layer: { class_name: 'Dense', config: { units: 2, name: 'dense' } } };
    const groups = /Group/.test(name) ? { groups: 2 } : {};
    const cell = { cell: { class_name: name, config: { units: 3 } } };
    const home = /Cell/.test(name) ? await loaded('RNN', cell, [4, 5]) : undefined;
    const layer =
      (home as { cell?: tf.layers.Layer } | undefined)?.cell ??
      (await loaded(name, /Weight|Spectral/.test(name) ? wrapped : groups));
    expect(layer.getClassName()).toBe(name);
    expect(layer.name).toMatch(/^[a-z][A-Za-z0-9_]*$/);
    expect(layer.built).toBe(true);
    const json = layer.getConfig();
    expect(JSON.stringify(json)).not.toContain('undefined');
  });

  it('an alias is described and exchanged with PyTorch as its class is', async () => {
    const layer = await loaded('SyncBatchNormalization', { ...keras2, axis: 3 });
    const model = tf.sequential({ layers: [tf.layers.inputLayer({ inputShape: [4, 5, 6] }), layer] });
    expect(inspectNormalization(model, { batchSize: 2 })[0]?.lines[0]).toBe('reduces   axes 0 (2), 1 (4), 2 (5)');
    expect(Object.keys(toTorch(layer))).toEqual([
      'weight',
      'bias',
      'running_mean',
      'running_var',
      'num_batches_tracked',
    ]);
  });

  it('T: of Addons, InstanceNormalization has one channel per group, whatever its groups say', async () => {
    const layer = await loaded('Addons>InstanceNormalization', { ...keras2, groups: 6, axis: -1 });
    expect(layer).toBeInstanceOf(InstanceNormalization);
    expect(layer.getConfig()).toMatchObject({ groups: -1, axis: -1, epsilon: 0.25, name: 'norm' });
  });

  it('InstanceNormalization with groups is of Addons, and without of keras-contrib', async () => {
    expect(await loaded('InstanceNormalization', { ...keras2, groups: 6, axis: 1 })).toBeInstanceOf(
      InstanceNormalization,
    );
    const contrib = await loaded('InstanceNormalization', { ...keras2, axis: null });
    expect(contrib).toBeInstanceOf(ContribInstanceNormalization);
    expect(contrib.weights.map(({ shape }) => shape)).toEqual([[1], [1]]);
    const byChannel = await loaded('InstanceNormalization', { ...keras2, axis: 3 });
    expect(byChannel.weights.map(({ shape }) => shape)).toEqual([[6], [6]]);
    expect(byChannel.getConfig()).toMatchObject({ axis: 3 });
  });

  it("InstanceNormalization is neither keras-contrib's nor Addons' without the settings that both always write", async () => {
    const { center: _, ...rest } = keras2;
    for (const config of [
      { name: 'norm', trainable: true, dtype: 'float32', epsilon: 1 },
      { ...rest, axis: -1 },
      { ...rest, axis: -1, groups: 6 },
    ]) {
      await expect(loaded('InstanceNormalization', config)).rejects.toThrow(
        /InstanceNormalization: the config has no .*center.*, which keras-contrib always writes, so it is of another class/,
      );
    }
  });

  it("GroupNormalization is keras-contrib's where its config has been told so", async () => {
    const layer = await loaded('GroupNormalization', { ...keras2, groups: 2, keras_contrib: true });
    expect((layer as GroupNormalization).kerasContrib).toBe(true);
  });

  it('BatchNormalization has its axis as a number or a list of one, under all its names', async () => {
    const averages = {
      momentum: 0.75,
      moving_mean_initializer: { class_name: 'Zeros', config: {} },
      moving_variance_initializer: { class_name: 'Constant', config: { value: 4 } },
    };
    for (const name of ['BatchNormalization', 'BatchNormalizationV1', 'SyncBatchNormalization']) {
      for (const axis of [2, [2]]) {
        const layer = await loaded(name, { ...keras2, ...averages, axis });
        expect(layer).toBeInstanceOf(BatchNormalization);
        expect(layer).toMatchObject({ axis: 2, momentum: 0.75 });
        expect(valuesOf(weightOf(layer, 'moving_variance'))).toEqual([4, 4, 4, 4, 4]);
      }
    }
  });

  it('trainable: false is read', async () => {
    const layer = await loaded('BatchNormalization', { ...keras2, axis: -1, trainable: false });
    expect(layer.trainableWeights).toEqual([]);
    const x = numbers([3, 4, 5, 6], 1);
    expect(distance(layer.apply(x, { training: true }) as tf.Tensor, tf.div(x, Math.sqrt(1.25)))).toBeLessThan(1e-6);
  });

  it('LayerNormalization may have no axis, and an epsilon of 1e-14', async () => {
    const layer = await loaded('LayerNormalization', { epsilon: 9.999999999999998e-15 });
    expect((layer as LayerNormalization).axis).toEqual([3]);
    const y = layer.apply(tf.fill([1, 4, 5, 6], 3)) as tf.Tensor;
    expect(new Set(valuesOf(y))).toEqual(new Set([0]));
  });

  it('Addons>SpectralNormalization has its vector by its own name', async () => {
    const layer = await loaded('Addons>SpectralNormalization', {
      layer: { class_name: 'Dense', config: { units: 2, name: 'dense' } },
      power_iterations: 3,
    });
    expect(layer.weights.map(({ originalName }) => originalName.split('/').at(-1))).toEqual(['kernel', 'bias', 'sn_u']);
  });
});
