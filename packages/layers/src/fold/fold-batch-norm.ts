import { NormkitError } from '@normkit/core';
import { checkOptions, valueText } from '@normkit/core/checks';
import { tidy } from '@tensorflow/tfjs-core';
import { LayersModel, type layers } from '@tensorflow/tfjs-layers';
import { obeyLike } from '../calls/running-calls.ts';
import { buildModel } from '../model-json/build.ts';
import type { Json, JsonObject } from '../model-json/json.ts';
import { undoable } from '../model-json/undoable.ts';
import { type LeftLayer, layersIn, type PlacedLayer } from '../tools/model-layers.ts';
import { isBatchNorm } from '../weights/batch-norm-fields.ts';
import { type FoldPlan, type Outcome, planFolding } from './fold-plan.ts';
import { foldWeights } from './fold-weights.ts';

export interface FoldOptions {
  /**
   * Whether a batch normalization that cannot be folded becomes one multiply and add. A saved model with this layer
   * needs this package to be loaded. With false the layer stays a batch normalization. Default: true.
   */
  readonly fuse?: boolean | undefined;
}

/** What {@link foldBatchNorm} did. Layers are named by their path: `block/norm` is `norm` in the model `block`. */
export interface FoldedModel {
  /** The new model, not compiled. It has its own weights: dispose the old one where it is not needed. */
  readonly model: LayersModel;
  /** What was folded into what. A batch normalization that became part of several layers has an entry for each. */
  readonly folded: readonly { readonly batchNorm: string; readonly into: string }[];
  /** The batch normalizations that became one multiply and add, and why they could not be folded. */
  readonly fused: readonly { readonly batchNorm: string; readonly why: string }[];
  readonly left: readonly LeftLayer[];
}

const op = 'foldBatchNorm';

/**
 * A copy of the model for inference without batch normalizations, as far as that is exact. Each one computes
 * s · x + t with constants for each channel, s = gamma / √(variance + epsilon) and t = beta − mean · s, and becomes
 *
 * - part of the convolution or dense layer before it, s · (W x + b) + t, or
 * - part of all convolutions and dense layers that use it, W (s · x + t) + b, or
 * - one layer that multiplies and adds, `FrozenBatchNormalization`.
 *
 * Layers between may be dropout, noise, a linear activation, average pooling, cropping, upsampling, repetition and
 * permutation; max pooling where no scale is negative; zero padding where t is 0; and on the way forward flattening,
 * reshaping and concatenation. A convolution with padding, or a transposed one, takes a t of 0 only from before it.
 *
 * It is folded into Conv1D, Conv2D, Conv3D, Conv2DTranspose, Conv3DTranspose, DepthwiseConv2D, SeparableConv2D and
 * Dense, also within TimeDistributed and in models within the model. Constants are computed in double precision. The
 * output is the same up to rounding, but where a stock batch normalization is not along the last axis: TensorFlow.js
 * gives values the statistics of other channels there, and the new model their own. The model itself stays as it is.
 *
 * Left are those that use the statistics of the batch, and those within other layers; `left` says why. Constraints of
 * a layer that something is folded into are dropped: they would undo it. An output of the model that came from a batch
 * normalization is then named after the layer before.
 *
 * @throws NormkitError where `model` is no model, or a moving variance is negative, infinite or NaN.
 */
export function foldBatchNorm(model: LayersModel, options: FoldOptions = {}): FoldedModel {
  checkOptions(op, options, ['fuse']);
  const { fuse = true } = options;
  if (typeof fuse !== 'boolean') {
    throw new NormkitError(op, 'fuse', `fuse must be true or false. Got ${valueText(fuse)}.`);
  }
  const placed = layersIn(op, model);
  if (!(model instanceof LayersModel)) {
    const text = `model must be a model, as tf.sequential and tf.model make it. Got a layer, ${placed[0]?.path}.`;
    throw new NormkitError(op, 'model', text);
  }
  const topology = model.toJSON(null, false) as unknown as JsonObject;
  const plan = planFolding(model, topology['config'] as JsonObject, { fuse, isTraining: false });
  const copy = undoable(() => {
    const built = buildModel(op, { class_name: model.getClassName(), config: plan.config }, true);
    checkCalls(plan.config, built);
    copyState(model, built, plan, '');
    return built;
  }).result;
  return { model: copy, ...report(plan.outcomes, placed) };
}

/** TensorFlow.js makes a call as soon as its inputs exist, and numbers the calls of a layer in this order. */
function checkCalls(config: JsonObject, copy: LayersModel): void {
  const read = new Set(callsIn(copy.toJSON(null, false) as unknown as JsonObject));
  const other = callsIn(config).find((calls) => !read.has(calls));
  if (other === undefined) return;
  const text = `TensorFlow.js must be able to load what it saves of the model. Got the calls of ${other.split(' ')[0]}, which is called several times, in another order; use two layers, or call it in the order of the layers between.`;
  throw new NormkitError(op, 'model', text);
}

/** Each layer with its calls, also in models within. */
function callsIn(json: Json): string[] {
  if (typeof json !== 'object' || json === null) return [];
  if (Array.isArray(json)) return json.flatMap(callsIn);
  const { name, inbound_nodes: nodes } = json;
  return [...(nodes ? [`${name} ${JSON.stringify(nodes)}`] : []), ...Object.values(json).flatMap(callsIn)];
}

/**
 * Copies the weights, and whether a layer obeys its graph. Layers are paired by name; a TimeDistributed has one layer.
 */
function copyState(source: layers.Layer, target: layers.Layer, plan: FoldPlan, path: string): void {
  obeyLike(source, target);
  if (source instanceof LayersModel) {
    const sources = new Map(source.layers.map((layer) => [layer.name, layer]));
    for (const inner of (target as LayersModel).layers) {
      const own = sources.get(inner.name);
      if (own) copyState(own, inner, plan, path === '' ? own.name : `${path}/${own.name}`);
    }
  } else if (source.getClassName() === 'TimeDistributed') {
    const [own, inner] = [source, target].map((wrapper) => (wrapper as unknown as { layer: layers.Layer }).layer);
    if (own && inner) copyState(own, inner, plan, `${path}/${own.name}`);
  } else {
    const folding = plan.foldings.get(path);
    tidy(() => target.setWeights(folding ? foldWeights(source, folding) : source.getWeights()));
  }
}

function report(outcomes: readonly Outcome[], placed: readonly PlacedLayer[]): Omit<FoldedModel, 'model'> {
  const seen = new Set(outcomes.map(({ path }) => path));
  const elsewhere = placed
    .filter(({ layer, path }) => isBatchNorm(layer) && !seen.has(path))
    .map(({ path, within }) => ({ layer: path, why: withinWhy(within.at(-1)) }));
  const folded: FoldedModel['folded'][number][] = [];
  const fused: FoldedModel['fused'][number][] = [];
  const left: LeftLayer[] = [];
  for (const outcome of outcomes) {
    const { path } = outcome;
    if (outcome.became === 'folded') folded.push(...outcome.into.map((into) => ({ batchNorm: path, into })));
    else if (outcome.became === 'fused') fused.push({ batchNorm: path, why: outcome.why });
    else left.push({ layer: path, why: outcome.why });
  }
  return { folded, fused, left: [...left, ...elsewhere] };
}

function withinWhy(outer: layers.Layer | undefined): string {
  return `it is within ${outer?.name} (${outer?.getClassName()}), and only models and TimeDistributed are looked into.`;
}
