import '@normkit/backend-cpu';
import { BatchNormalization, LayerNormalization } from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { keras2, loaded } from './keras-configs.ts';
import { fromConfig, valuesOf, weightOf } from './values.ts';

beforeAll(() => tf.setBackend('cpu'));

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
    expect(() => new LayerNormalization({ gammaInitializer: 'constructor' })).toThrow(
      "there is no initializer 'constructor'",
    );
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
