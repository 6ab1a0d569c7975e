import { NormkitError } from '@normkit/core';
import { shortText } from '@normkit/core/checks';
import type { serialization } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { isModelClass, registeredClass } from '../registry/registered-class.ts';
import { watched } from './build-watch.ts';
import { toCamelCase } from './camel-case.ts';
import { isObject, type JsonObject, layerText } from './json.ts';
import { undoable } from './undoable.ts';

/** {@link makeModel}, but if it throws, what was made is disposed. */
export function buildModel(op: string, topology: JsonObject, fastWeightInit: boolean): LayersModel {
  return undoable(() => makeModel(op, topology, { fastWeightInit, mostValues: Number.POSITIVE_INFINITY })).result;
}

export interface MakeOptions {
  /**
   * Whether the weights are 0 at first. An orthogonal initializer takes seconds, for nothing if a file sets the
   * weights.
   */
  readonly fastWeightInit: boolean;
  /** How many values all weights may have. More are not allocated. */
  readonly mostValues: number;
}

/**
 * The model of a topology. If it throws, the weights that were made until then are not disposed.
 *
 * @throws NormkitError, with the layer's name, where TensorFlow.js cannot build it.
 */
export function makeModel(op: string, topology: JsonObject, options: MakeOptions): LayersModel {
  const { className, config } = toCamelCase(topology) as { className: string; config: serialization.ConfigDict };
  const [cls, fromConfig] = registeredClass(className) ?? [];
  const fail = (message: string) => new NormkitError(op, 'source', message);
  if (!cls || !fromConfig || !isModelClass(className)) {
    throw fail(`expected a model in the file. Got a layer of class '${shortText(className)}'.`);
  }
  // fromConfig of TensorFlow.js's models takes two arguments more than its type says.
  const read = fromConfig as (...args: [typeof cls, typeof config, object, boolean]) => unknown;
  const watch = watched(op, options.mostValues, () => read(cls, config, {}, options.fastWeightInit) as LayersModel);
  if ('error' in watch) {
    const { error } = watch;
    throw error instanceof NormkitError
      ? error
      : fail(whyNotBuilt(error as Error, faultyLayer(topology) ?? watch.layer));
  }
  if (!watch.result.outputs?.length) throw fail('the model has no layers, so it computes nothing.');
  return watch.result;
}

function whyNotBuilt({ name, message }: Error, layer: string | undefined): string {
  const where = layer === undefined ? 'the model' : layerText(layer);
  const what = message.length > 400 ? `${message.slice(0, 400)}…` : message;
  return `${where} cannot be built from this file: ${name === 'Error' ? '' : `${name}: `}${what}`;
}

/** The first layer whose class refuses its settings. TensorFlow.js's own messages do not name it. */
function faultyLayer({ config }: JsonObject): string | undefined {
  const layers = isObject(config) ? config['layers'] : config;
  const entries = Array.isArray(layers) ? layers : [];
  for (const entry of entries.filter(isObject)) {
    const { class_name: className, config: own, name } = entry;
    if (!isObject(own) || typeof className !== 'string') continue;
    const inner = isModelClass(className) ? faultyLayer(entry) : undefined;
    if (inner !== undefined) return inner;
    if (isModelClass(className) || canBeMade(entry)) continue;
    return [own['name'], name, className].find((text) => typeof text === 'string');
  }
  return undefined;
}

function canBeMade(entry: JsonObject): boolean {
  const { className, config } = toCamelCase(entry) as { className: string; config: serialization.ConfigDict };
  const [cls, fromConfig] = registeredClass(className) ?? [];
  try {
    if (cls && fromConfig) fromConfig(cls, config);
    return true;
  } catch {
    return false;
  }
}
