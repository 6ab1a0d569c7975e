import { listText, shortText } from '@normkit/core/checks';
import { serialization } from '@tensorflow/tfjs-core';
import { constraints, initializers, layers, regularizers } from '@tensorflow/tfjs-layers';
import { isObject, type Json, type JsonObject, layerText } from '../model-json/json.ts';
import { coveredClass, coveredNames, isCovered } from '../registry/register.ts';
import { registeredClass } from '../registry/registered-class.ts';
import { missingSettings } from '../registry/written-settings.ts';
import { type Author, authorOf } from './authors.ts';
import { configError } from './expect.ts';

/** What TensorFlow.js's own classes are called: as its factories are, and the models. */
const factories = [layers, initializers, regularizers, constraints].flatMap((factory) => Object.keys(factory));
const stockNames = new Set([...factories, 'Model', 'Functional', 'Sequential'].map((name) => name.toLowerCase()));
const stock = new Map(
  Object.entries(serialization.SerializationMap.getMap().classNameMap)
    .filter(([name]) => stockNames.has(name.toLowerCase()))
    .map(([name, [cls]]) => [name, cls as unknown]),
);

/**
 * The registered name of a layer's class. A class of another package than Keras (`Custom>…`, a `registered_name`, a
 * `module`) is what is registered under its full name, such as `Addons>InstanceNormalization`, or what the application
 * registered under the name without the package; it is never Keras's class of that name. A subclass of Model that Keras
 * saved as a graph of layers is such a graph.
 *
 * @param byKeras Whether Keras wrote the layer: then it wrote all settings of its own classes.
 * @throws NormkitError where no such class is registered; of a normalization it says which there are.
 */
export function resolveClassName(entry: JsonObject, layerName: string, byKeras: boolean): string {
  const own = applicationsClass(entry);
  if (own !== undefined) return own;
  const full = fullName(entry);
  const name = bareName(full);
  const author = authorOf(entry);
  const isRegistered = registeredClass(name) !== undefined;
  const config = isObject(entry['config']) ? entry['config'] : {};
  if (isRegistered && author !== 'another') {
    const missing = isCertain(name, author, byKeras)
      ? undefined
      : missingSettings(name, coveredClass(name)?.written, config);
    if (missing === undefined) return name;
    throw configError(layerText(layerName), `${missing} ${covered()}.`);
  }
  if (Array.isArray(config['layers'])) {
    if (config['input_layers']) return 'Functional';
    if (name === 'Sequential') return name;
  }
  throw configError(layerText(layerName), unknownText(entry, true));
}

/** `Custom>Name` where the file has it, in `registered_name` or in `class_name`; otherwise the name alone. */
function fullName({ class_name: className, registered_name: registeredName }: JsonObject): string {
  return typeof registeredName === 'string' && registeredName.includes('>') ? registeredName : textOf(className);
}

/** The name of an initializer, regularizer or constraint in the file, where it is not another package's. */
export function resolveObjectName(entry: JsonObject, where: string): string {
  const own = applicationsClass(entry);
  if (own !== undefined) return own;
  if (authorOf(entry) !== 'another') return bareName(fullName(entry));
  throw configError(where, unknownText(entry, false));
}

/** Under which name a class is registered that is of another package than Keras, or of the application. */
function applicationsClass(entry: JsonObject): string | undefined {
  const full = fullName(entry);
  if (full.includes('>') && registeredClass(full)) return full;
  const name = bareName(full);
  const [cls] = registeredClass(name) ?? [];
  return cls !== undefined && !isCovered(cls) && stock.get(name) !== cls ? name : undefined;
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function bareName(full: string): string {
  return full.slice(full.lastIndexOf('>') + 1);
}

/** Whether a name is Keras's without a look at the settings. People who write a topology by hand leave many out. */
function isCertain(name: string, author: Author, byKeras: boolean): boolean {
  return name !== 'InstanceNormalization' && (author === 'keras' || (author === 'unsaid' && !byKeras));
}

function covered(): string {
  return `@normkit/layers covers ${listText(coveredNames)}; a name without a package is Keras's (InstanceNormalization: keras-contrib's, with all its settings)`;
}

function unknownText(entry: JsonObject, isLayer: boolean): string {
  const { config, module } = entry;
  const full = fullName(entry);
  const shown = `'${shortText(full)}'`;
  const origin = authorOf(entry) === 'another' && typeof module === 'string' ? ` of ${shortText(module)}` : '';
  const what = `no class ${shown}${origin} is registered`;
  const own = `write a class with className ${shown} that computes what it does, and register it with tf.serialization.registerClass`;
  if (isLayer && /norm/i.test(full)) {
    return `${what}. ${covered()}. A class of another package or module may compute something else: ${own}.`;
  }
  if (full === 'Lambda') {
    const name = isObject(config) && typeof config['function'] === 'string' ? ` ${shortText(config['function'])}` : '';
    return `${what}. A Lambda calls Python code that is not in the file: write a layer class with className 'Lambda' that computes the function${name}, and register it with tf.serialization.registerClass.`;
  }
  const name = bareName(full);
  if (registeredClass(name)) return `${what}. It is another class than Keras's ${name}: ${own}.`;
  return `${what}. TensorFlow.js has no such class: ${own}.`;
}
