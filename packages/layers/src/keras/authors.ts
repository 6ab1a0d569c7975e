import { camelCase } from '../arguments/layer-arguments.ts';
import type { JsonObject } from '../model-json/json.ts';

/** What decides the numbers. People who shorten a file leave out initializers and the like, which decide nothing in it. */
const affine = ['epsilon', 'center', 'scale'];
const batch = ['axis', 'momentum', ...affine];
const initialized = ['beta_initializer', 'gamma_initializer', 'beta_regularizer', 'gamma_regularizer'];

/** Settings that the author of a class writes into every file. A class of the same name without them is another. */
const settingsOf: Readonly<Record<string, readonly string[]>> = {
  GroupNormalization: ['groups', 'axis', ...affine],
  // keras-contrib's, which adds epsilon elsewhere than all others of this name: so it has to look like it in full.
  InstanceNormalization: ['axis', ...affine, ...initialized, 'beta_constraint', 'gamma_constraint'],
  // The axis came later.
  LayerNormalization: affine,
  RMSNormalization: ['axis', 'epsilon'],
  BatchNormalization: batch,
  BatchNormalizationV1: batch,
  SyncBatchNormalization: batch,
  UnitNormalization: ['axis'],
  SpectralNormalization: ['layer', 'power_iterations'],
  Normalization: ['axis'],
  FrozenBatchNormalization: ['axis'],
  LayerNormGRUCell: ['units', 'recurrent_activation', 'norm_epsilon'],
};

/** Those that are not Keras's. */
const authors: Readonly<Record<string, string>> = {
  InstanceNormalization: 'keras-contrib',
  FrozenBatchNormalization: '@normkit/layers',
  LayerNormGRUCell: '@normkit/layers',
};

/** What tells a config from those that the author of this class writes, if anything does. */
export function missingSettings(className: string, config: Readonly<Record<string, unknown>>): string | undefined {
  const settings = Object.hasOwn(settingsOf, className) ? (settingsOf[className] ?? []) : [];
  const missing = settings.filter((setting) => !(setting in config || camelCase(setting) in config));
  if (missing.length === 0) return undefined;
  const author = authors[className] ?? 'Keras';
  return `the config has no ${missing.join(', ')}, which ${author} always writes, so it is of another class than ${author}'s '${className}'. Write a class of your own with a className of its own, register it with tf.serialization.registerClass, and give the layer that class_name in the file; or, if it is ${author}'s, add these settings.`;
}

/** Whose class an entry of a file is, as far as the file says it. */
export type Author = 'keras' | 'keras-contrib' | 'another' | 'unsaid';

/**
 * Keras 3 writes the module, and `registered_name` for what is not part of Keras; Keras 2 wrote `package>Name` for
 * classes that their application had registered, and a bare name for all others.
 */
export function authorOf({ class_name: className, module, registered_name: registeredName }: JsonObject): Author {
  const named = [registeredName, className].find((name) => typeof name === 'string' && name.includes('>'));
  if (typeof named === 'string') return /^keras(\.\w+)*>/i.test(named) ? 'keras' : 'another';
  if (typeof module === 'string') {
    if (/^((tensorflow\.(python\.)?)?keras|tf_keras|keras_core)(\.|$)/.test(module)) return 'keras';
    return /^keras_contrib(\.|$)/.test(module) ? 'keras-contrib' : 'another';
  }
  return typeof registeredName === 'string' ? 'another' : 'unsaid';
}
