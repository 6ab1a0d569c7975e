import { NormkitError } from '@normkit/core';
import { checkOptions, valueText } from '@normkit/core/checks';
import { dispose, engine, io, type serialization, tidy } from '@tensorflow/tfjs-core';
import { LayersModel } from '@tensorflow/tfjs-layers';
import { toCamelCase } from './camel-case.ts';
import { registeredClass } from './class-names.ts';
import { convertKerasConfig, type KerasTopology } from './convert.ts';
import { checkWeightBytes, matchWeights } from './weights.ts';

/** Options of {@link loadKerasModel}: TensorFlow.js's own, for fetching, and `strict`. */
export interface LoadKerasModelOptions extends io.LoadOptions {
  /** Whether every weight of the model must be in the file, and the reverse. Default: true. */
  readonly strict?: boolean;
}

/**
 * `tf.loadLayersModel` for models whose config it cannot read: fetches, converts the topology by
 * {@link convertKerasConfig}, builds the model and loads its weights (and, of models that TensorFlow.js saved, the
 * optimizer with its state).
 *
 * @param source A URL or path of a `model.json`, or an `IOHandler` such as `tf.io.browserFiles(…)`, as for
 * `tf.loadLayersModel`.
 * @throws NormkitError where the config cannot be converted, and where the weights do not fit: cut off, too long, of
 * another shape, missing. It names the layer. Nothing is left behind then.
 */
export async function loadKerasModel(
  source: string | io.IOHandler,
  options: LoadKerasModelOptions = {},
): Promise<LayersModel> {
  checkOptions('loadKerasModel', options, [
    'strict',
    'requestInit',
    'onProgress',
    'fetchFunc',
    'weightPathPrefix',
    'fromTFHub',
    'weightUrlConverter',
    'streamWeights',
  ]);
  const artifacts = await read(source, options);
  const topology = convertKerasConfig(artifacts.modelTopology);
  const specs = artifacts.weightSpecs ?? [];
  const data = artifacts.weightData;
  if (data !== undefined) checkWeightBytes(specs, byteLength(data));
  const model = build(topology, data !== undefined && options.strict !== false);
  try {
    await fill(model, artifacts, options.strict ?? true);
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model;
}

async function read(source: string | io.IOHandler, options: LoadKerasModelOptions): Promise<io.ModelArtifacts> {
  const handler = typeof source === 'string' ? handlerOf(source, options) : source;
  if (typeof handler?.load === 'function') return handler.load();
  throw new NormkitError(
    'loadKerasModel',
    'source',
    `source must be a URL, a path, or an IOHandler with a load method. Got ${valueText(source)}.`,
  );
}

/** The handler that TensorFlow.js has for a URL; what no handler claims is a path relative to the page. */
function handlerOf(source: string, options: LoadKerasModelOptions): io.IOHandler {
  const [handler] = io.getLoadHandlers(source, options);
  return (handler as io.IOHandler | undefined) ?? io.browserHTTPRequest(source, options);
}

function byteLength(data: io.WeightData): number {
  return Array.isArray(data) ? data.reduce((sum, part) => sum + part.byteLength, 0) : data.byteLength;
}

/** The model, with its weights at what their initializers say, or at 0 where they are about to be loaded. */
function build(topology: KerasTopology, fastWeightInit: boolean): LayersModel {
  const { className, config } = toCamelCase(topology) as { className: string; config: serialization.ConfigDict };
  const [cls, fromConfig] = registeredClass(className) ?? [];
  if (!cls || !fromConfig || !isModel(cls.prototype)) {
    throw new NormkitError(
      'loadKerasModel',
      'source',
      `expected a model in the file. Got a layer of class '${className}'.`,
    );
  }
  const { registeredVariables } = engine().state;
  const before = new Set(Object.keys(registeredVariables));
  try {
    // TensorFlow.js's models take two arguments more than the type of fromConfig says.
    const read = fromConfig as (...args: [typeof cls, typeof config, object, boolean]) => unknown;
    return read(cls, config, {}, fastWeightInit) as LayersModel;
  } catch (error) {
    for (const [name, variable] of Object.entries(registeredVariables)) if (!before.has(name)) variable.dispose();
    throw error;
  }
}

function isModel(prototype: object): boolean {
  return prototype === LayersModel.prototype || prototype instanceof LayersModel;
}

async function fill(model: LayersModel, artifacts: io.ModelArtifacts, strict: boolean): Promise<void> {
  const { trainingConfig, userDefinedMetadata, weightData, weightSpecs = [] } = artifacts;
  if (trainingConfig) model.loadTrainingConfig(trainingConfig as Parameters<typeof model.loadTrainingConfig>[0]);
  if (userDefinedMetadata) model.setUserDefinedMetadata(userDefinedMetadata);
  if (weightData === undefined) return;
  const tensors = tidy(() => io.decodeWeights(weightData, weightSpecs));
  try {
    const isOptimizers = new Set(weightSpecs.filter(({ group }) => group === 'optimizer').map(({ name }) => name));
    const entries = Object.entries(tensors);
    const weights = Object.fromEntries(entries.filter(([name]) => !isOptimizers.has(name)));
    model.loadWeights(matchWeights(model, weights, strict), strict);
    const state = entries.filter(([name]) => isOptimizers.has(name)).map(([name, tensor]) => ({ name, tensor }));
    if (model.optimizer && state.length > 0) await model.optimizer.setWeights(state);
  } finally {
    dispose(tensors);
  }
}
