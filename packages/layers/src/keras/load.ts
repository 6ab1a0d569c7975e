import { NormkitError } from '@normkit/core';
import { checkOptions, valueText } from '@normkit/core/checks';
import { dispose, io, type Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import { obeyCallArguments } from '../calls/running-calls.ts';
import { makeModel } from '../model-json/build.ts';
import { isObject } from '../model-json/json.ts';
import { undoable } from '../model-json/undoable.ts';
import { layersIn } from '../tools/model-layers.ts';
import { type ConvertOptions, checkFlag, convertKerasConfig } from './convert.ts';
import { decodeWeights, type FileWeight, type Manifest, readManifest } from './manifest.ts';
import { stateError, stateFault } from './optimizer-state.ts';
import { type LoadReport, warnOf } from './report.ts';
import { adoptTraining } from './training.ts';
import { weightError } from './weight-errors.ts';
import { matchWeights } from './weights.ts';

/**
 * Options of {@link loadKerasModel}: TensorFlow.js's own, for fetching, and those of the conversion. Not among them is
 * `streamWeights`, with which TensorFlow.js hands no weights to a layers model, and says nothing.
 */
export interface LoadKerasModelOptions extends Omit<io.LoadOptions, 'streamWeights'>, ConvertOptions {
  /**
   * Whether every weight of the model must be in the file, and the reverse. Without it a warning says what was left out
   * and what kept its initial values, unless `onReport` is given. Default: true.
   */
  readonly strict?: boolean;
  /** Is called once, before the model is returned, with what became of the weights. */
  readonly onReport?: ((report: LoadReport) => void) | undefined;
}

/**
 * `tf.loadLayersModel` for models whose config it cannot read: fetches, converts the topology by
 * {@link convertKerasConfig}, builds the model and loads its weights (and, of models that TensorFlow.js saved, the
 * optimizer with its state).
 *
 * @param source A URL of a `model.json` (or a path on the page's server), or an `IOHandler` such as `tf.io.browserFiles(…)`, as for
 * `tf.loadLayersModel`. Files in Node: read them, and give `tf.io.fromMemory({ modelTopology, weightSpecs, weightData })`.
 * @throws NormkitError where the config cannot be converted or the model not be built, and where the weights or the
 * optimizer's state do not fit: cut off, too long, of another shape or dtype, missing, listed twice. It names the layer.
 * Nothing is left behind then.
 */
export async function loadKerasModel(
  source: string | io.IOHandler,
  options: LoadKerasModelOptions = {},
): Promise<LayersModel> {
  checkOptions('loadKerasModel', options, [
    'strict',
    'onReport',
    'kerasContrib',
    'requestInit',
    'onProgress',
    'fetchFunc',
    'weightPathPrefix',
    'fromTFHub',
    'weightUrlConverter',
  ]);
  for (const option of ['strict', 'kerasContrib'] as const) checkFlag('loadKerasModel', option, options[option]);
  const { strict = true, onReport, kerasContrib } = options;
  if (onReport !== undefined && typeof onReport !== 'function') {
    throw new NormkitError('loadKerasModel', 'onReport', `onReport must be a function. Got ${valueText(onReport)}.`);
  }
  const artifacts = await read(source, options);
  const topology = convertKerasConfig(artifacts.modelTopology, { kerasContrib });
  const manifest = readManifest(artifacts, strict);
  const { result: model, undo } = undoable(() => {
    const built = makeModel('loadKerasModel', topology, {
      fastWeightInit: manifest.parts !== undefined && strict,
      mostValues: mostValues(manifest, strict),
    });
    obeyCallArguments(layersIn('loadKerasModel', built).map(({ layer }) => layer));
    adoptTraining(built, artifacts);
    return built;
  });
  try {
    const report = await fill(model, manifest, strict);
    if (onReport) onReport(report);
    else if (manifest.parts) warnOf(report);
  } catch (error) {
    model.optimizer?.dispose();
    undo();
    throw error;
  }
  return model;
}

/** A bound for what is allocated before the weights are compared: far more than a file that fits has, and not any memory. */
function mostValues({ parts, bytes }: Manifest, strict: boolean): number {
  return parts !== undefined && strict ? 2 ** 24 + 4 * bytes : 2 ** 29;
}

async function read(source: string | io.IOHandler, options: LoadKerasModelOptions): Promise<io.ModelArtifacts> {
  const handler = typeof source === 'string' ? handlerOf(source, options) : source;
  if (typeof source === 'string' && handler.load) return fetched(source, handler.load());
  if (typeof handler?.load === 'function') return checkArtifacts(await handler.load());
  throw new NormkitError(
    'loadKerasModel',
    'source',
    `source must be a URL of a model.json, or an IOHandler with a load method, such as tf.io.fromMemory gives. Got ${valueText(source)}.`,
  );
}

function checkArtifacts(artifacts: unknown): io.ModelArtifacts {
  if (isObject(artifacts)) return artifacts;
  throw new NormkitError(
    'loadKerasModel',
    'source',
    `the IOHandler's load must give an object with modelTopology, weightSpecs and weightData. Got ${valueText(artifacts)}.`,
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

async function fill(model: LayersModel, manifest: Manifest, strict: boolean): Promise<LoadReport> {
  const weights = manifest.parts ? decodeWeights(manifest) : [];
  try {
    const isOptimizers = (index: number) => manifest.specs[index]?.group === 'optimizer';
    const state = weights.filter((_, index) => isOptimizers(index));
    const own = weights.filter((_, index) => !isOptimizers(index));
    const isTopologyAlone = strict && !manifest.parts;
    const { values, ...report } = matchWeights(model, own, strict && !isTopologyAlone);
    for (const [weight, value] of values) writeWeight(weight, value);
    if (isTopologyAlone || state.length === 0) return report;
    const fault = stateFault(model, state);
    if (fault !== undefined && strict) throw stateError(model, fault);
    if (fault !== undefined) return { ...report, leftOut: [...report.leftOut, ...state.map(({ name }) => name)] };
    await setState(model, state);
    return report;
  } finally {
    dispose(weights.map(({ tensor }) => tensor));
  }
}

/** A layer of an application may refuse a value, in words without its name. */
function writeWeight(weight: LayerVariable, value: Tensor): void {
  try {
    weight.write(value);
  } catch (error) {
    throw error instanceof NormkitError ? error : weightError(weight.originalName, (error as Error).message);
  }
}

async function setState(model: LayersModel, state: readonly FileWeight[]): Promise<void> {
  try {
    await model.optimizer.setWeights([...state]);
  } catch (error) {
    throw stateError(model, (error as Error).message);
  }
}
