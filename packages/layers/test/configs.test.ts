import '@normkit/backend-cpu';
import {
  BatchNormalization,
  ContribInstanceNormalization,
  coveredNames,
  GroupNormalization,
  InstanceNormalization,
  LayerNormalization,
  RMSNormalization,
} from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { layerTests } from './layer-tests.ts';
import { saved } from './run-layer-test.ts';
import { distance, fromConfig, numbers, valuesOf, weightOf } from './values.ts';

beforeAll(() => tf.setBackend('cpu'));

type Config = Record<string, unknown>;

/** The layer that `tf.loadLayersModel` makes of an entry of a Keras file. */
async function loaded(class_name: string, config: Config, inputShape = [4, 5, 6]): Promise<tf.layers.Layer> {
  const layer = { class_name, config: { batch_input_shape: [null, ...inputShape], ...config } };
  const model = await tf.models.modelFromJSON({
    class_name: 'Sequential',
    config: { name: 'model', layers: [layer] },
  } as never);
  const [only] = model.layers;
  if (!only) throw new Error('no layer');
  return only;
}

/** As Keras 2 writes it, without what the test is about. */
const keras2 = {
  name: 'norm',
  trainable: true,
  dtype: 'float32',
  epsilon: 0.25,
  center: true,
  scale: true,
  beta_initializer: { class_name: 'Zeros', config: {} },
  gamma_initializer: { class_name: 'Ones', config: {} },
  beta_regularizer: null,
  gamma_regularizer: null,
  beta_constraint: null,
  gamma_constraint: null,
};

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
      'UnitNormalization',
      'Addons>FilterResponseNormalization',
      'Addons>WeightNormalization',
      'SpectralNormalization',
      'Addons>SpectralNormalization',
    ]);
  });

  it.each(coveredNames)('%s: its own className, and a default name that TensorFlow.js takes', async (name) => {
    const wrapped = { layer: { class_name: 'Dense', config: { units: 2, name: 'dense' } } };
    const groups = /Group/.test(name) ? { groups: 2 } : {};
    const layer = await loaded(name, /Weight|Spectral/.test(name) ? wrapped : groups);
    expect(layer.getClassName()).toBe(name);
    expect(layer.name).toMatch(/^[a-z][A-Za-z0-9_]*$/);
    expect(layer.built).toBe(true);
    const json = layer.getConfig();
    expect(JSON.stringify(json)).not.toContain('undefined');
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

describe('configs', () => {
  const keras3 = {
    name: 'norm',
    trainable: true,
    dtype: { module: 'keras', class_name: 'DTypePolicy', config: { name: 'mixed_float16' }, registered_name: null },
    axis: [-1],
    momentum: 0.75,
    epsilon: 0.25,
    center: true,
    scale: true,
    beta_initializer: { module: 'keras.initializers', class_name: 'Zeros', config: {}, registered_name: null },
    gamma_initializer: {
      module: 'keras.initializers',
      class_name: 'Constant',
      config: { value: 3 },
      registered_name: null,
    },
    gamma_regularizer: { module: 'keras.regularizers', class_name: 'L2', config: { l2: 0.5 }, registered_name: null },
    beta_regularizer: null,
    beta_constraint: {
      module: 'keras.constraints',
      class_name: 'MaxNorm',
      config: { max_value: 3, axis: 0 },
      registered_name: null,
    },
    gamma_constraint: null,
    synchronized: false,
    renorm: false,
    renorm_clipping: null,
    renorm_momentum: 0.99,
  };

  it('of Keras 3 are read: policies, objects with modules, lists', async () => {
    const direct = fromConfig(BatchNormalization, keras3);
    direct.build([null, 6]);
    for (const layer of [await loaded('BatchNormalization', keras3), direct]) {
      expect(layer).toMatchObject({ axis: -1, momentum: 0.75, epsilon: 0.25, renorm: false });
      expect(valuesOf(weightOf(layer, 'gamma'))).toEqual([3, 3, 3, 3, 3, 3]);
      expect(valuesOf(layer.calculateLosses()[0] ?? tf.scalar(0))[0]).toBeCloseTo(0.5 * 9 * 6, 4);
      expect(layer.getConfig()).toMatchObject({
        betaConstraint: { className: 'MaxNorm', config: { maxValue: 3, axis: 0 } },
        gammaRegularizer: { className: 'L1L2', config: { l1: 0, l2: 0.5 } },
      });
    }
  });

  it.each([
    ['zero', 'Zeros'],
    ['ones', 'Ones'],
    ['random_uniform', 'RandomUniform'],
    ['RandomNormal', 'RandomNormal'],
    ['truncatedNormal', 'TruncatedNormal'],
    [{ class_name: 'OnesInitializer', config: null }, 'Ones'],
    [{ className: 'constant', config: { value: 2 } }, 'Constant'],
  ])('have %j for an initializer', (given, className) => {
    const config = { gamma_initializer: given };
    const { gammaInitializer } = fromConfig(LayerNormalization, config);
    expect(gammaInitializer.getClassName()).toBe(className);
  });

  it.each([
    ['l1', { l1: 0.01, l2: 0 }],
    ['L2', { l1: 0, l2: 0.01 }],
    ['l1_l2', { l1: 0.01, l2: 0.01 }],
    [
      { class_name: 'L1', config: { l1: 0.5 } },
      { l1: 0.5, l2: 0 },
    ],
    [
      { class_name: 'L1L2', config: { l1: 0.5, l2: 0.25 } },
      { l1: 0.5, l2: 0.25 },
    ],
  ])('have %j for a regularizer', (given, config) => {
    const { gammaRegularizer } = fromConfig(LayerNormalization, { gamma_regularizer: given });
    const read = gammaRegularizer?.getConfig() ?? {};
    expect(
      Object.fromEntries(Object.entries(read).map(([key, value]) => [key, Number((value as number).toFixed(7))])),
    ).toEqual(config);
  });

  it('instances are taken as they are, also of a class of one’s own', () => {
    class Sevens extends (Object.getPrototypeOf(
      tf.initializers.ones().constructor,
    ) as typeof tf.serialization.Serializable) {
      static className = 'Sevens';
      apply(shape: number[]) {
        return tf.fill(shape, 7);
      }
      getConfig() {
        return {};
      }
    }
    const layer = new LayerNormalization({
      gammaInitializer: new (Sevens as never as new () => ReturnType<typeof tf.initializers.ones>)(),
    });
    layer.build([null, 2]);
    expect(valuesOf(weightOf(layer, 'gamma'))).toEqual([7, 7]);
  });

  it('unknown initializers, regularizers and constraints are refused by name', () => {
    expect(() => new LayerNormalization({ gammaInitializer: 'sevens' })).toThrow("there is no initializer 'sevens'");
    expect(() => new LayerNormalization({ gammaRegularizer: 'l3' })).toThrow("there is no regularizer 'l3'");
    expect(() => new LayerNormalization({ betaConstraint: { className: 'Odd' } })).toThrow(
      "there is no constraint 'Odd'",
    );
    expect(() => new LayerNormalization({ betaInitializer: 3 as never })).toThrow(
      'betaInitializer must be the name of an initializer, its config ({ className, config }) or an instance. Got 3',
    );
  });

  it('settings that would change the result and that no layer here has are refused', () => {
    const config = { virtual_batch_size: 4 };
    expect(() => fromConfig(BatchNormalization, config)).toThrow("there is no argument 'virtualBatchSize'");
    const none = { virtual_batch_size: null, fused: true, adjustment: null };
    expect(() => fromConfig(BatchNormalization, none)).not.toThrow();
  });

  it('a model with TensorFlow.js’s own layers is loaded with these, and its weights', async () => {
    const file = {
      class_name: 'Sequential',
      config: {
        name: 'stock',
        layers: [
          { class_name: 'BatchNormalization', config: { ...keras2, name: 'a', batch_input_shape: [null, 3, 4] } },
          { class_name: 'LayerNormalization', config: { ...keras2, name: 'b', axis: [2] } },
        ],
      },
    };
    const model = await tf.models.modelFromJSON(file as never);
    expect(model.layers.map((layer) => layer.constructor)).toEqual([BatchNormalization, LayerNormalization]);
  });
});

describe('what is saved', () => {
  const shared = [
    'epsilon',
    'center',
    'scale',
    'beta_initializer',
    'gamma_initializer',
    'beta_regularizer',
    'gamma_regularizer',
    'beta_constraint',
    'gamma_constraint',
  ];
  /** The arguments of Keras's layers, and of Addons' and keras-contrib's where only they have the layer. */
  const known: Record<string, string[]> = {
    GroupNormalization: ['groups', 'axis', ...shared],
    'Addons>InstanceNormalization': ['groups', 'axis', ...shared],
    InstanceNormalization: ['axis', ...shared],
    LayerNormalization: ['axis', 'rms_scaling', ...shared],
    RMSNormalization: ['axis', 'epsilon'],
    BatchNormalization: [
      'axis',
      'momentum',
      ...shared,
      'moving_mean_initializer',
      'moving_variance_initializer',
      'renorm',
      'renorm_clipping',
      'renorm_momentum',
    ],
    UnitNormalization: ['axis'],
    'Addons>FilterResponseNormalization': [
      'axis',
      ...shared.filter((key) => key !== 'center' && key !== 'scale'),
      'learned_epsilon',
      'learned_epsilon_constraint',
    ],
    'Addons>WeightNormalization': ['layer', 'data_init'],
    SpectralNormalization: ['layer', 'power_iterations'],
  };
  /** What Keras cannot read: our own options, each away from its default. */
  const own = ['keras_contrib', 'mask_statistics', 'zero_centered', 'moving_average', 'batch_statistics_at_inference'];

  it.each(layerTests)('of $name has the names of Keras', async ({ create, inputShape }) => {
    const layer = create();
    const input = tf.input({ shape: [...inputShape] });
    const model = tf.model({ inputs: input, outputs: layer.apply(input) as tf.SymbolicTensor });
    const { modelTopology } = (await (await saved(model)).load?.()) ?? {};
    const { layers } = (modelTopology as { config: { layers: { class_name: string; config: Config }[] } }).config;
    const { class_name: name, config } = layers[1] ?? { class_name: '', config: {} };
    const keys = Object.keys(config).filter((key) => !own.includes(key));
    const allowed = ['name', 'trainable', ...(known[name] ?? [])];
    expect(keys.filter((key) => !allowed.includes(key))).toEqual([]);
    const optional = ['rms_scaling', 'renorm', 'renorm_clipping', 'renorm_momentum'];
    expect(allowed.filter((key) => !keys.includes(key) && !optional.includes(key))).toEqual([]);
  });

  it('has no option of our own unless it was asked for', () => {
    for (const layer of [
      new GroupNormalization(),
      new LayerNormalization(),
      new RMSNormalization(),
      new BatchNormalization(),
    ]) {
      const config = layer.getConfig();
      for (const key of [
        'kerasContrib',
        'maskStatistics',
        'zeroCentered',
        'movingAverage',
        'batchStatisticsAtInference',
      ]) {
        expect(config).not.toHaveProperty(key);
      }
    }
  });
});
