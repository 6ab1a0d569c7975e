import { NormkitError } from '@normkit/core';
import { checkOptions, valueText } from '@normkit/core/checks';
import { dispose, io, tidy } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';
import { obeyCallArguments } from '../calls/running-calls.ts';
import { layersIn } from '../models/model-layers.ts';
import { buildModel } from './build.ts';
import { type ConvertOptions, checkFlag, convertKerasConfig } from './convert.ts';
import { checkWeightBytes, matchWeights } from './weights.ts';

/**
 * Options of {@link loadKerasModel}: TensorFlow.js's own, for fetching, and those of the conversion. Not among them is
 * `streamWeights`, with which TensorFlow.js hands no weights to a layers model, and says nothing.
 */
export interface LoadKerasModelOptions extends Omit<io.LoadOptions, 'streamWeights'>, ConvertOptions {
  /** Whether every weight of the model must be in the file, and the reverse. Default: true. */
  readonly strict?: boolean;
}

/**
 * `tf.loadLayersModel` for models whose config it cannot read: fetches, converts the topology by
 * {@link convertKerasConfig}, builds the model and loads its weights (and, of models that TensorFlow.js saved, the
 * optimizer with its state).
 *
 * @param source A URL of a `model.json` (or a path on the page's server), or an `IOHandler` such as `tf.io.browserFiles(…)`, as for
 * `tf.loadLayersModel`. Files in Node: read them, and give `tf.io.fromMemory({ modelTopology, weightSpecs, weightData })`.
 * @throws NormkitError where the config cannot be converted, and where the weights do not fit: cut off, too long, of
 * another shape, missing. It names the layer. Nothing is left behind then.
 */
export async function loadKerasModel(
  source: string | io.IOHandler,
  options: LoadKerasModelOptions = {},
): Promise<LayersModel> {
  checkOptions('loadKerasModel', options, [
    'strict',
    'kerasContrib',
    'requestInit',
    'onProgress',
    'fetchFunc',
    'weightPathPrefix',
    'fromTFHub',
    'weightUrlConverter',
  ]);
  for (const option of ['strict', 'kerasContrib'] as const) checkFlag('loadKerasModel', option, options[option]);
  const artifacts = await read(source, options);
  const topology = convertKerasConfig(artifacts.modelTopology, { kerasContrib: options.kerasContrib });
  const specs = artifacts.weightSpecs ?? [];
  const data = artifacts.weightData;
  if (data !== undefined) checkWeightBytes(specs, byteLength(data));
  const model = buildModel('loadKerasModel', topology, data !== undefined && options.strict !== false);
  obeyCallArguments(layersIn('loadKerasModel', model).map(({ layer }) => layer));
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
  if (typeof source === 'string' && handler.load) return fetched(source, handler.load());
  if (typeof handler?.load === 'function') return handler.load();
  throw new NormkitError(
    'loadKerasModel',
    'source',
    `source must be a URL of a model.json, or an IOHandler with a load method, such as tf.io.fromMemory gives. Got ${valueText(source)}.`,
  );
}

/** What TensorFlow.js says of a source that cannot be fetched does not say what it was, nor what to do in Node. */
async function fetched(source: string, artifacts: Promise<io.ModelArtifacts>): Promise<io.ModelArtifacts> {
  try {
    return await artifacts;
  } catch (error) {
    const advice = /^https?:/.test(source)
      ? ''
      : " A path is one on the page's server. In Node read the files yourself, and give tf.io.fromMemory({ modelTopology, weightSpecs, weightData }) with what is in them, or use @tensorflow/tfjs-node, which reads file:// URLs.";
    throw new NormkitError(
      'loadKerasModel',
      'source',
      `expected a URL of a model.json and its weights. Got '${source}', which cannot be loaded: ${(error as Error).message.replace(/\.$/, '')}.${advice}`,
    );
  }
}

/** The handler that TensorFlow.js has for a URL; what no handler claims is a path relative to the page. */
function handlerOf(source: string, options: LoadKerasModelOptions): io.IOHandler {
  const [handler] = io.getLoadHandlers(source, options);
  return (handler as io.IOHandler | undefined) ?? io.browserHTTPRequest(source, options);
}

function byteLength(data: io.WeightData): number {
  return Array.isArray(data) ? data.reduce((sum, part) => sum + part.byteLength, 0) : data.byteLength;
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
    for (const [weight, value] of matchWeights(model, weights, strict)) weight.write(value);
    const state = entries.filter(([name]) => isOptimizers.has(name)).map(([name, tensor]) => ({ name, tensor }));
    if (model.optimizer && state.length > 0) await model.optimizer.setWeights(state);
  } finally {
    dispose(tensors);
  }
}
