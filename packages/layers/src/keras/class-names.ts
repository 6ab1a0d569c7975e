import { NormkitError } from '@normkit/core';
import { listText } from '@normkit/core/checks';
import { registeredClass } from '../base/registered-class.ts';
import { coveredNames } from '../register.ts';
import { isObject, type JsonObject } from './json.ts';

/**
 * The registered name of a layer's class. `Addons>InstanceNormalization` may stand in Keras 3's `registered_name`
 * instead of in `class_name`; a class that an application registered under a package of its own (`Custom>…`) is looked
 * up without it too; and a subclass of Model that Keras saved as a graph of layers is such a graph.
 *
 * @throws NormkitError where no class of that name is registered; of a normalization it says which names there are.
 */
export function resolveClassName(entry: JsonObject, layerName: string): string {
  const className = String(entry['class_name']);
  const registeredName = entry['registered_name'];
  const candidates = [
    ...(typeof registeredName === 'string' && registeredName.includes('>') ? [registeredName] : []),
    className,
    className.slice(className.lastIndexOf('>') + 1),
  ];
  const known = candidates.find((name) => registeredClass(name) !== undefined);
  if (known !== undefined) return known;
  const { config } = entry;
  if (isObject(config) && Array.isArray(config['layers']) && config['input_layers']) return 'Functional';
  throw new NormkitError('convertKerasConfig', 'config', unknownClass(className, layerName, config));
}

function unknownClass(className: string, layerName: string, config: unknown): string {
  const what = `layer '${layerName}': no class '${className}' is registered`;
  if (/norm/i.test(className)) {
    return `${what}. @normkit/layers covers ${listText(coveredNames)}; register a class of your own with tf.serialization.registerClass.`;
  }
  if (className === 'Lambda') {
    const name = isObject(config) && typeof config['function'] === 'string' ? ` ${config['function']}` : '';
    return `${what}. A Lambda calls Python code that is not in the file: write a layer class with className 'Lambda' that computes the function${name}, and register it with tf.serialization.registerClass.`;
  }
  return `${what}. TensorFlow.js has no such layer: write a class with className '${className}' and register it with tf.serialization.registerClass.`;
}
