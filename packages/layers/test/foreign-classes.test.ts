import '@normkit/backend-cpu';
import { coveredNames } from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { convertKerasConfig, GroupNormalization, loadKerasModel } from '../src/index.ts';
import { keras2 } from './keras-configs.ts';
import { inMemory } from './keras-files.ts';

beforeAll(() => tf.setBackend('cpu'));

type Json = Record<string, unknown>;

/** A Sequential of one layer, as Keras 2 writes it. */
const model = (entry: Json, more: Json = {}) => ({
  class_name: 'Sequential',
  keras_version: '2.13.1',
  config: {
    name: 's',
    layers: [{ class_name: 'InputLayer', config: { batch_input_shape: [null, 2, 2, 4], name: 'x' } }, entry],
  },
  ...more,
});
const classOf = (entry: Json, more?: Json) =>
  (convertKerasConfig(model(entry, more)).config as { layers: Json[] }).layers[1]?.['class_name'];
const refusal = (entry: Json, more?: Json) => {
  try {
    return `read as ${classOf(entry, more)}`;
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
};

const batch = { momentum: 0.5, moving_mean_initializer: 'zeros', moving_variance_initializer: 'ones' };
const dense = { class_name: 'Dense', config: { units: 2, name: 'dense' } };
/** Every setting that any author of one of the norms writes. */
const cell = { units: 2, recurrent_activation: 'sigmoid', norm_epsilon: 1e-3 };
const everything = { ...keras2, ...batch, ...cell, axis: -1, groups: 2, layer: dense, power_iterations: 1 };
const norms = [...new Set(coveredNames.map((name) => name.replace('Addons>', '')))];
const stock = ['Dense', 'Conv2D', 'Dropout', 'LSTM', 'LeakyReLU', 'TimeDistributed', 'InputLayer', 'Flatten'];

describe('a class of an application is not taken for one that is known', () => {
  it.each([...norms, ...stock])('%s', (name) => {
    const config = norms.includes(name) ? everything : { name: 'own', trainable: true, dtype: 'float32', units: 2 };
    for (const [entry, shown] of [
      [{ class_name: `Custom>${name}`, config }, `no class 'Custom>${name}' is registered`],
      [{ class_name: `keras_cv>${name}`, config }, `no class 'keras_cv>${name}' is registered`],
      [
        { module: 'app.layers', class_name: name, registered_name: `Custom>${name}`, config },
        `'Custom>${name}' of app`,
      ],
      [{ module: 'app.layers', class_name: name, registered_name: name, config }, `no class '${name}' of app.layers`],
      [{ module: '__main__', class_name: name, config }, `no class '${name}' of __main__ is registered`],
      [{ module: 'keras_hub.src.layers', class_name: name, config }, `'${name}' of keras_hub.src.layers`],
      [{ module: null, class_name: name, registered_name: name, config }, `no class '${name}' is registered`],
    ] as const) {
      const said = refusal(entry);
      expect(said).toMatch(/^NormkitError: \[normkit\] convertKerasConfig: layer '(norm|own)': no class/);
      expect(said).toContain(shown);
      expect(said).toContain('register it with tf.serialization.registerClass');
      if (/Norm/.test(name)) expect(said).toContain('@normkit/layers covers GroupNormalization');
    }
  });

  it.each([
    ['GroupNormalization', 'groups'],
    ['InstanceNormalization', 'center'],
    ['LayerNormalization', 'epsilon'],
    ['RMSNormalization', 'axis'],
    ['BatchNormalization', 'momentum'],
    ['BatchNormalizationV1', 'center'],
    ['SyncBatchNormalization', 'axis'],
    ['UnitNormalization', 'axis'],
    ['SpectralNormalization', 'power_iterations'],
    ['Normalization', 'axis'],
    ['FrozenBatchNormalization', 'axis'],
    ['LayerNormGRUCell', 'norm_epsilon'],
  ])('a bare %s that Keras wrote without its %s is another class', (name, setting) => {
    const { [setting as 'axis']: _, ...rest } = everything;
    expect(classOf({ class_name: name, config: everything })).toBe(name);
    expect(refusal({ class_name: name, config: rest })).toContain(`layer 'norm': the config has no ${setting}, which`);
    expect(refusal({ class_name: name, config: { name: 'norm', trainable: true } })).toContain('of another class than');
    expect(classOf({ module: 'keras.layers', class_name: name, config: everything, registered_name: null })).toBe(name);
  });

  it('a topology that a person or TensorFlow.js wrote may leave settings out', () => {
    for (const name of norms.filter((norm) => !/Instance|Response|Weight|LSTM|SimpleRNN/.test(norm))) {
      expect(classOf({ class_name: name, config: { name: 'norm' } }, { keras_version: undefined })).toBe(name);
      expect(classOf({ class_name: name, config: { trainable: false } }, { keras_version: 'tfjs-layers 4.22.0' })).toBe(
        name,
      );
    }
    expect(refusal({ class_name: 'InstanceNormalization', config: { name: 'n' } }, { keras_version: null })).toContain(
      "which keras-contrib always writes, so it is of another class than keras-contrib's 'InstanceNormalization'",
    );
  });

  it("keras-contrib's own module says that its layers are meant", () => {
    const entry = (name: string) => ({
      module: 'keras_contrib.layers.normalization',
      class_name: name,
      registered_name: name,
      config: name === 'InstanceNormalization' ? { ...keras2, axis: null } : { ...keras2, axis: -1, groups: 2 },
    });
    expect(classOf(entry('InstanceNormalization'))).toBe('InstanceNormalization');
    const { layers } = convertKerasConfig(model(entry('GroupNormalization'))).config as { layers: Json[] };
    expect(layers[1]?.['config']).toMatchObject({ keras_contrib: true });
  });

  it('nor is an initializer, a regularizer or a constraint', () => {
    for (const [key, name] of [
      ['kernel_initializer', 'GlorotUniform'],
      ['bias_regularizer', 'L2'],
      ['kernel_constraint', 'MaxNorm'],
    ] as const) {
      const object = { module: 'app', class_name: name, config: {}, registered_name: `Custom>${name}` };
      const entry = { class_name: 'Dense', config: { name: 'd', units: 2, [key]: object } };
      expect(refusal(entry)).toContain(`layer 'd', ${key}: no class 'Custom>${name}' of app is registered.`);
      expect(
        refusal({ ...entry, config: { ...entry.config, [key]: { class_name: `app>${name}`, config: {} } } }),
      ).toContain(`no class 'app>${name}' is registered`);
    }
  });

  it('nor is one within a wrapper', () => {
    const layer = { class_name: 'Custom>Dense', config: { units: 2, name: 'own' } };
    const wrapper = { class_name: 'TimeDistributed', config: { name: 't', layer } };
    expect(refusal(wrapper)).toContain("layer 'own': no class 'Custom>Dense' is registered");
  });
});

describe('an application that registered its own class gets it', () => {
  class Doubling extends tf.layers.Layer {
    override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
      return tf.mul([inputs].flat()[0] as tf.Tensor, 2);
    }
  }
  const { classNameMap } = tf.serialization.SerializationMap.getMap();

  it.each([
    ['Custom>InstanceNormalization', 'Custom>InstanceNormalization'],
    ['Custom>GroupNormalization', 'GroupNormalization'],
    ['Custom>Dense', 'Dense'],
    ['Custom>Doubling', 'Doubling'],
  ])('for %s, registered as %s', async (className, registered) => {
    const own = class extends Doubling {
      static className = registered;
    };
    const before = classNameMap[registered];
    tf.serialization.registerClass(own);
    try {
      const config = { name: 'own', trainable: true, dtype: 'float32' };
      const name = className.replace('Custom>', '');
      for (const entry of [
        { class_name: className, config },
        { module: 'app.layers', class_name: name, registered_name: className, config },
        { module: 'app.layers', class_name: name, registered_name: registered, config },
      ]) {
        const loaded = await loadKerasModel(inMemory(model(entry), {}));
        expect(loaded.layers[1]).toBeInstanceOf(own);
        expect((loaded.predict(tf.ones([1, 2, 2, 4])) as tf.Tensor).dataSync()[0]).toBe(2);
      }
    } finally {
      if (before) classNameMap[registered] = before;
      else delete classNameMap[registered];
    }
    expect(classNameMap['GroupNormalization']?.[0]).toBe(GroupNormalization);
  });
});
