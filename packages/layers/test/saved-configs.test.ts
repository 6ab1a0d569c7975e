import '@normkit/backend-cpu';
import { BatchNormalization, GroupNormalization, LayerNormalization, RMSNormalization } from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Config } from './keras-configs.ts';
import { layerTests } from './layer-tests.ts';
import { saved } from './saved-model.ts';

beforeAll(() => tf.setBackend('cpu'));

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
    // Keras has no such layer; its config is written as Keras would.
    FrozenBatchNormalization: ['axis'],
    UnitNormalization: ['axis'],
    'Addons>FilterResponseNormalization': [
      'axis',
      ...shared.filter((key) => key !== 'center' && key !== 'scale'),
      'learned_epsilon',
      'learned_epsilon_constraint',
    ],
    'Addons>WeightNormalization': ['layer', 'data_init'],
    SpectralNormalization: ['layer', 'power_iterations'],
    Normalization: ['axis', 'invert', 'mean', 'variance'],
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
