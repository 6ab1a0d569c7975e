import { NormkitError } from '@normkit/core';
import { checkOptions, valueText } from '@normkit/core/checks';
import { resolveClassName } from './class-names.ts';
import { checkGraph, countCallsOfModels, type GraphLayer } from './graph.ts';
import { configError, expectArray, expectObject, expectText, isObject, type Json, type JsonObject } from './json.ts';
import { convertInboundNodes, convertModelTensors } from './nodes.ts';
import { convertSettings } from './settings.ts';
import { convertActivation, convertDtype, convertInitializer, convertObject, plainValue } from './values.ts';

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
 * `kernel_*` fields, a causal Conv1D whose kernel is 1, batch norm's axis as a list, `Custom>` class names,
 * a Sequential whose shape stands in `build_input_shape`.
 *
 * @throws NormkitError, with the layer's name, where a class is not registered, where TensorFlow.js's layer lacks a
 * setting (grouped convolutions, `keepdims`, …), where a tensor is a keyword argument, and where the graph refers to
 * what it does not have.
 */
export function convertKerasConfig(json: unknown, options: ConvertOptions = {}): KerasTopology {
  checkOptions('convertKerasConfig', options, ['kerasContrib']);
  checkFlag('convertKerasConfig', 'kerasContrib', options.kerasContrib);
  const { topology, version } = readTopology(json);
  const isKeras3 = String(version).startsWith('3') || 'module' in topology;
  return convertLayer(topology, { isKeras3, kerasContrib: options.kerasContrib ?? false }) as KerasTopology;
}

export function checkFlag(op: string, option: string, value: unknown): void {
  if (value === undefined || typeof value === 'boolean') return;
  throw new NormkitError(op, option, `${option} must be true or false. Got ${valueText(value)}.`);
}

/** The part of a file that describes the model, wherever it stands, and the version of Keras if the file says it. */
function readTopology(json: unknown): { topology: JsonObject; version: Json } {
  let value = parse(json);
  let version: Json = null;
  for (const key of ['modelTopology', 'model_config']) {
    if (!isObject(value)) break;
    version = value['keras_version'] ?? version;
    value = parse(value[key] ?? value);
  }
  if (isObject(value) && 'class_name' in value && 'config' in value) {
    return { topology: plainValue(value) as JsonObject, version: value['keras_version'] ?? version };
  }
  throw configError(
    'the file',
    `expected class_name and config, as model.to_json() writes them. Got ${contents(value)}.`,
  );
}

function parse(value: unknown): Json {
  if (typeof value !== 'string') return (value ?? null) as Json;
  try {
    return JSON.parse(value) as Json;
  } catch (error) {
    throw configError('the file', `is not JSON: ${(error as Error).message}`);
  }
}

function contents(value: Json): string {
  return isObject(value) ? `an object with ${Object.keys(value).join(', ') || 'nothing'}` : valueText(value);
}

/** A layer, or a model as a layer. */
function convertLayer(entry: JsonObject, context: Context): JsonObject {
  const { config } = entry;
  const layerName = String((isObject(config) ? config['name'] : undefined) ?? entry['name'] ?? entry['class_name']);
  const className = resolveClassName(entry, layerName);
  return { class_name: className, config: convertConfig(className, layerName, entry, context) };
}

function convertConfig(className: string, layerName: string, entry: JsonObject, context: Context): Json {
  const { config } = entry;
  if (className === 'Sequential') return convertSequential(layerName, config ?? null, context);
  const object: JsonObject = { name: layerName, ...expectObject(config, `layer '${layerName}', config`) };
  if ('layers' in object && 'input_layers' in object) return convertFunctional(layerName, object, context);
  const where = `layer '${layerName}'`;
  const values = Object.entries(object).map(
    ([key, value]) => [key, convertSetting(key, value, where, context)] as const,
  );
  const contrib = context.kerasContrib && className === 'GroupNormalization' ? { keras_contrib: true } : {};
  return convertSettings(className, { ...Object.fromEntries(values), ...contrib }, where);
}

function convertSetting(key: string, value: Json, where: string, context: Context): Json {
  if (key === 'dtype') return convertDtype(value, where);
  if (key.endsWith('_initializer')) return convertInitializer(value);
  if (key.endsWith('_regularizer') || key.endsWith('_constraint')) return convertObject(value);
  if (key === 'activation' || key === 'recurrent_activation') return convertActivation(value, where, context.isKeras3);
  if (key === 'cells' && Array.isArray(value)) return value.map((cell) => convertSetting('cell', cell, where, context));
  if (['layer', 'backward_layer', 'cell'].includes(key) && isObject(value)) return convertLayer(value, context);
  return value;
}

function convertFunctional(name: string, config: JsonObject, context: Context): Json {
  const where = `model '${name}'`;
  const layers = expectArray(config['layers'], `${where}, layers`).map((value): GraphLayer => {
    const entry = expectObject(value, `${where}, layers`);
    const layer = convertLayer(entry, context);
    const layerName = expectText(entry['name'] ?? (layer['config'] as JsonObject)['name'], `${where}, name of a layer`);
    const className = String(layer['class_name']);
    const nodes = convertInboundNodes(entry['inbound_nodes'] ?? null, className, `layer '${layerName}'`);
    return { name: layerName, className, config: layer['config'] ?? null, nodes };
  });
  const graph = countCallsOfModels({
    layers,
    inputs: convertModelTensors(config['input_layers'] ?? null, `${where}, input_layers`),
    outputs: convertModelTensors(config['output_layers'] ?? null, `${where}, output_layers`),
  });
  checkGraph(graph, where);
  return {
    name,
    layers: graph.layers.map((layer) => ({
      name: layer.name,
      class_name: layer.className,
      config: layer.config,
      inbound_nodes: layer.nodes,
    })),
    input_layers: [...graph.inputs],
    output_layers: [...graph.outputs],
  };
}

function convertSequential(name: string, config: Json, context: Context): Json {
  const entries = Array.isArray(config)
    ? config
    : expectArray(isObject(config) ? config['layers'] : config, `model '${name}', layers`);
  const layers = entries.map((entry) => convertLayer(expectObject(entry, `model '${name}', layers`), context));
  const shape = isObject(config) ? (config['build_input_shape'] ?? null) : null;
  const [first, ...rest] = layers;
  if (!first || !isObject(first['config'])) return { name, layers };
  if ('batch_input_shape' in first['config'] || 'layers' in first['config']) return { name, layers };
  if (Array.isArray(shape))
    return { name, layers: [{ ...first, config: { ...first['config'], batch_input_shape: shape } }, ...rest] };
  throw configError(
    `model '${name}'`,
    `the shape of its input is not in the file: neither its first layer has a batch_input_shape nor the model a build_input_shape. Build the model before it is saved.`,
  );
}
