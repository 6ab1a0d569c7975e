import { type Tensor, tidy } from '@tensorflow/tfjs-core';
import { LayersModel, type layers } from '@tensorflow/tfjs-layers';
import { buildModel } from '../keras/build.ts';
import type { JsonObject } from '../keras/json.ts';
import { isBatchNorm } from './batch-norm-fields.ts';
import { type Fold, foldGraph } from './fold-graph.ts';
import { foldWeights } from './fold-weights.ts';
import { type LeftLayer, layersIn } from './model-layers.ts';

/** What {@link foldBatchNorm} did. Layers are named by their path: `block/norm` is `norm` in the model `block`. */
export interface FoldedModel {
  /** The new model, not compiled. It has its own weights: dispose the old one where it is not needed. */
  readonly model: LayersModel;
  readonly folded: readonly { readonly batchNorm: string; readonly into: string }[];
  readonly left: readonly LeftLayer[];
}

/**
 * A copy of the model for inference in which each batch normalization is part of the convolution or dense layer before
 * it: W′ = W · gamma / √(variance + epsilon), b′ = (b − mean) · gamma / √(variance + epsilon) + beta. The output is the
 * same up to rounding, but where a stock batch normalization is not along the last axis: TensorFlow.js gives values the
 * statistics of other channels there, and the folded model their own. The model itself stays as it is.
 *
 * It is folded into Conv1D, Conv2D, Conv3D, Conv2DTranspose, Conv3DTranspose, DepthwiseConv2D, SeparableConv2D and
 * Dense, also in models within the model. Left are those that have an activation or another layer before them, whose
 * layer before is used elsewhere too, that are shared, or that use the statistics of the batch; `left` says why.
 * Constraints of a layer that something is folded into are dropped: they would undo it. An output of the model that
 * came from a batch normalization is then named after the layer before.
 *
 * @throws NormkitError where `model` is no model.
 */
export function foldBatchNorm(model: LayersModel): FoldedModel {
  const placed = layersIn('foldBatchNorm', model);
  const topology = model.toJSON(null, false) as unknown as JsonObject;
  const { config, folds, left } = foldGraph(model, topology['config'] as JsonObject);
  const copy = buildModel('foldBatchNorm', { class_name: model.getClassName(), config }, true);
  try {
    copyWeights(model, copy, folds, '');
  } catch (error) {
    copy.dispose();
    throw error;
  }
  const named = new Set([...folds.map(({ batchNorm }) => batchNorm), ...left.map(({ layer }) => layer)]);
  const elsewhere = placed
    .filter(({ layer, path }) => isBatchNorm(layer) && !named.has(path))
    .map(({ path, within }) => ({ layer: path, why: `it is within ${within.at(-1)?.name}, which is not a model.` }));
  return {
    model: copy,
    folded: folds.map(({ batchNorm, into }) => ({ batchNorm, into })),
    left: [...left, ...elsewhere],
  };
}

function copyWeights(from: LayersModel, to: LayersModel, folds: readonly Fold[], path: string): void {
  const sources = new Map(from.layers.map((layer) => [layer.name, layer]));
  for (const target of to.layers) {
    const source = sources.get(target.name);
    if (!source) continue;
    if (source instanceof LayersModel) copyWeights(source, target as LayersModel, folds, `${path}${source.name}/`);
    else copyLayer(source, target, folds, path + source.name);
  }
}

function copyLayer(source: layers.Layer, target: layers.Layer, folds: readonly Fold[], path: string): void {
  tidy(() => {
    const fold = (weights: Tensor[], { norm }: Fold) => foldWeights(source, weights, norm);
    target.setWeights(folds.filter(({ into }) => into === path).reduce(fold, source.getWeights()));
  });
}
