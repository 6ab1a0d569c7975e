import { camelCase } from '../arguments/layer-arguments.ts';
import type { WrittenSettings } from './layer-class.ts';

/**
 * The settings of gamma, beta and epsilon that decide the numbers. Initializers and the like decide nothing in a
 * trained model, and people leave them out when they shorten a file.
 */
export const affineSettings = ['epsilon', 'center', 'scale'];

/** Why a config cannot be of this author, who writes all these settings; undefined where none is missing. */
export function missingSettings(
  className: string,
  written: WrittenSettings | undefined,
  config: Readonly<Record<string, unknown>>,
): string | undefined {
  const { author, settings } = written ?? { author: '', settings: [] };
  const missing = settings.filter((setting) => !(setting in config || camelCase(setting) in config));
  if (missing.length === 0) return undefined;
  return `the config has no ${missing.join(', ')}, which ${author} always writes, so it is of another class than ${author}'s '${className}'. Write a class of your own with a className of its own, register it with tf.serialization.registerClass, and give the layer that class_name in the file; or, if it is ${author}'s, add these settings.`;
}

/**
 * Whether Keras wrote the config of a layer. Keras writes both settings into every config; TensorFlow.js writes the
 * first alone, and people leave out both.
 *
 * @param inFileOfKeras Whether the file around the config says that Keras wrote it: then one setting is enough.
 */
export function wroteKeras(config: Readonly<Record<string, unknown>>, inFileOfKeras = false): boolean {
  return 'trainable' in config && ('dtype' in config || inFileOfKeras);
}
