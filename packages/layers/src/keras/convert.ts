import { NormkitError } from '@normkit/core';
import { checkOptions, shortText, valueText } from '@normkit/core/checks';
import { isObject, type Json, type JsonObject, layerText } from '../model-json/json.ts';
import { isModelClass } from '../registry/registered-class.ts';
import { wroteKeras } from '../registry/written-settings.ts';
import { authorOf } from './authors.ts';
import { resolveClassName } from './class-names.ts';
import { configError, expectArray, expectObject, expectText } from './expect.ts';
import { checkGraph, checkNames, countCallsOfModels, type GraphLayer } from './graph.ts';
import { convertInboundNodes, convertModelTensors } from './nodes.ts';
import { checkShape, convertSettings } from './settings.ts';
import { readTopology } from './topology.ts';
import { convertActivation, convertDtype, convertInitializer, convertObject } from './values.ts';

export interface ConvertOptions {
  /**
   * Whether `GroupNormalization` in the file is keras-contrib's layer, whose groups are runs of the flattened sample.
   * The file cannot tell: both packages write the same. Default: false, Keras's.
   */
  readonly kerasContrib?: boolean | undefined;
}

/** What the reading of a file knows beside the layer at hand. */
interface Context {
  readonly isKeras3: boolean;
  /** Whether the file says that Keras wrote it, or TensorFlow.js. */
  readonly writer: 'keras' | 'tensorflow.js' | 'unsaid';
  readonly kerasContrib: boolean;
}

/** A model's topology, as `tf.models.modelFromJSON` takes it and `tf.loadLayersModel` expects it in `modelTopology`. */
export interface KerasTopology extends JsonObject {
  class_name: string;
  config: Json;
}

/**
 * Converts a model's config, as Keras 2 or Keras 3 saved it, to the form that TensorFlow.js's loader takes. What comes
 * may be the JSON itself or its text, and may be the whole of a `model.json` or of a `.keras` file's `config.json`.
 * Nothing of it is changed; a config that TensorFlow.js could load as it was still means the same.
 *
 * Converted are: Keras 3's inbound nodes (`args`, `kwargs`), inputs and outputs that are not nested, `batch_shape`,
 * dtype policies, initializers, regularizers and activations as objects with `module` and `registered_name`, calls of a
 * Sequential within a model; of both Keras 2 and 3 tuples and numpy scalars, dtypes other than float32 and int32, the
 * regularizers `L1` and `L2`, LeCun's initializers, `silu`, LeakyReLU's `negative_slope`, SeparableConv2D's
 * `kernel_*` fields, a causal Conv1D whose kernel is 1, batch norm's axis as a list, a Sequential whose shape stands in
 * `build_input_shape`. Keys may be in snake case or in camel case.
 *
 * @throws NormkitError, with the layer's name, where a class is not registered or is of another package, where TensorFlow.js's layer lacks a
 * setting (grouped convolutions, `keepdims`, …), where a tensor is a keyword argument, and where the graph refers to
 * what it does not have.
 */
export function convertKerasConfig(json: unknown, options: ConvertOptions = {}): KerasTopology {
  checkOptions('convertKerasConfig', options, ['kerasContrib']);
  checkFlag('convertKerasConfig', 'kerasContrib', options.kerasContrib);
  const { topology, version } = readTopology(json);
  const written = typeof version === 'string' ? version : '';
  const context: Context = {
    isKeras3: written.startsWith('3') || 'module' in topology,
    writer: /^\d/.test(written) ? 'keras' : /^tfjs/.test(written) ? 'tensorflow.js' : 'unsaid',
    kerasContrib: options.kerasContrib ?? false,
  };
  return convertLayer(topology, context) as KerasTopology;
}

export function checkFlag(op: string, option: string, value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw new NormkitError(op, option, `${option} must be true or false. Got ${valueText(value)}.`);
}

/** A layer, or a model as a layer. */
function convertLayer(entry: JsonObject, context: Context): JsonObject {
  const name = nameOf(entry);
  const given = expectText(
    entry['class_name'],
    name === undefined ? 'a layer, class_name' : `${layerText(name)}, class_name`,
  );
  const { config } = entry;
  const byKeras = isObject(config) && wroteKeras(config, context.writer === 'keras');
  const className = resolveClassName(entry, name ?? given, byKeras);
  return { class_name: className, config: convertConfig(className, name, entry, context) };
}

/** TensorFlow.js makes up a name for a layer that has none. */
function nameOf({ config, name: own, class_name: className }: JsonObject): string | undefined {
  const name = (isObject(config) ? config['name'] : undefined) ?? own ?? undefined;
  return name === undefined || name === ''
    ? undefined
    : expectText(name, `a layer of class ${valueText(className)}, name`);
}

function convertConfig(className: string, name: string | undefined, entry: JsonObject, context: Context): Json {
  const { config } = entry;
  const where = layerText(name ?? className);
  if (className === 'Sequential') return convertSequential(name, config ?? null, context);
  const object = named(name, expectObject(config, `${where}, config`));
  if (isModelClass(className)) return convertFunctional(name, object, context);
  const values = Object.entries(object).map(
    ([key, value]) => [key, convertSetting(key, value, where, context)] as const,
  );
  const isContribs = context.kerasContrib || authorOf(entry) === 'keras-contrib';
  const contrib = isContribs && className === 'GroupNormalization' ? { keras_contrib: true } : {};
  const settings = { ...Object.fromEntries(values), ...contrib };
  return convertSettings(className, settings, where, context.writer !== 'tensorflow.js');
}

function named(name: string | undefined, config: JsonObject): JsonObject {
  const { name: _, ...rest } = config;
  return name === undefined ? rest : { name, ...rest };
}

function convertSetting(key: string, value: Json, where: string, context: Context): Json {
  if (key === 'dtype') return convertDtype(value, where);
  if (key.endsWith('_initializer')) return convertInitializer(value, `${where}, ${key}`);
  const kind = /_(regularizer|constraint)$/.exec(key)?.[1];
  if (kind !== undefined) return convertObject(value, `${where}, ${key}`, kind);
  if (key === 'activation' || key === 'recurrent_activation') return convertActivation(value, where, context.isKeras3);
  if (key === 'cells' && Array.isArray(value)) return value.map((cell) => convertSetting('cell', cell, where, context));
  if (['layer', 'backward_layer', 'cell'].includes(key) && isObject(value)) return convertLayer(value, context);
  return value;
}

function convertFunctional(name: string | undefined, config: JsonObject, context: Context): Json {
  const where = modelText(name);
  const layers = expectArray(config['layers'], `${where}, layers`).map((value): GraphLayer => {
    const entry = expectObject(value, `${where}, layers`);
    const layer = convertLayer(entry, context);
    const layerName = expectText(entry['name'] ?? nameOf(entry), `${where}, name of a layer`);
    const className = expectText(layer['class_name'], `${where}, class_name`);
    const nodes = convertInboundNodes(entry['inbound_nodes'] ?? null, className, layerText(layerName));
    return { name: layerName, ownName: nameOf(entry) ?? layerName, className, config: layer['config'] ?? null, nodes };
  });
  const graph = countCallsOfModels({
    layers,
    inputs: convertModelTensors(config['input_layers'] ?? null, `${where}, input_layers`),
    outputs: convertModelTensors(config['output_layers'] ?? null, `${where}, output_layers`),
  });
  checkGraph(graph, where);
  return named(name, {
    layers: graph.layers.map((layer) => ({
      name: layer.name,
      class_name: layer.className,
      config: layer.config,
      inbound_nodes: layer.nodes,
    })),
    input_layers: [...graph.inputs],
    output_layers: [...graph.outputs],
  });
}

function modelText(name: string | undefined): string {
  return name === undefined ? 'the model' : `model '${shortText(name)}'`;
}

function convertSequential(name: string | undefined, config: Json, context: Context): Json {
  const where = modelText(name);
  const entries = Array.isArray(config)
    ? config
    : expectArray(isObject(config) ? config['layers'] : config, `${where}, layers`);
  const layers = entries.map((entry) => convertLayer(expectObject(entry, `${where}, layers`), context));
  checkNames(
    layers.map(({ config: own }) => (isObject(own) ? own['name'] : null)).filter((own) => typeof own === 'string'),
    where,
  );
  const [first, ...rest] = layers;
  if (!first || !isObject(first['config']) || saysItsShape(first)) return named(name, { layers });
  const shape = isObject(config) ? (config['build_input_shape'] ?? null) : null;
  if (shape === null) {
    throw configError(
      where,
      `the shape of its input is not in the file: neither its first layer has a batch_input_shape or input_shape nor the model a build_input_shape. Build the model before it is saved.`,
    );
  }
  const batchInputShape = checkShape(shape, `${where}, build_input_shape`);
  const shaped = { ...first, config: { ...first['config'], batch_input_shape: batchInputShape } };
  return named(name, { layers: [shaped, ...rest] });
}

/** Whether the first layer of a Sequential says of which shape its input is, in one of TensorFlow.js's ways. */
function saysItsShape({ class_name: className, config }: JsonObject): boolean {
  if (typeof className === 'string' && isModelClass(className)) return true;
  if (!isObject(config)) return false;
  // An Embedding knows without a word that it gets indices, and a Dense layer says by input_dim how many numbers.
  if (className === 'Embedding' || (className === 'Dense' && (config['input_dim'] ?? null) !== null)) return true;
  return (config['batch_input_shape'] ?? config['input_shape'] ?? null) !== null;
}
