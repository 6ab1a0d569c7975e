import { NormkitError } from '@normkit/core';
import { valueText } from '@normkit/core/checks';
import { LayersModel, layers } from '@tensorflow/tfjs-layers';
import { refuseOtherCopy } from '../arguments/other-copies.ts';

/** A layer of a model, and where it is: `block/norm` is the layer `norm` in the model or wrapper `block`. */
export interface PlacedLayer {
  readonly layer: layers.Layer;
  readonly path: string;
  /** The models and wrappers that it is in, from the outside. */
  readonly within: readonly layers.Layer[];
}

/** A layer that a tool leaves as it is, by its path, and why. */
export interface LeftLayer {
  readonly layer: string;
  readonly why: string;
}

/**
 * Every layer of a model, each once, in the model's order: those of models within it, of wrappers (TimeDistributed,
 * Bidirectional), of recurrent cells and of any layer that has layers as its fields, too.
 *
 * @throws NormkitError where `model` is no model or layer.
 */
export function layersIn(op: string, model: unknown): PlacedLayer[] {
  if (model instanceof layers.Layer) return collect(model, [], new Set());
  refuseOtherCopy(op, 'model', model);
  throw new NormkitError(
    op,
    'model',
    `model must be a model, as tf.sequential and tf.model make it. Got ${valueText(model)}.`,
  );
}

function collect(layer: layers.Layer, within: readonly layers.Layer[], seen: Set<layers.Layer>): PlacedLayer[] {
  if (seen.has(layer)) return [];
  seen.add(layer);
  const path = [...within.slice(1), layer].map(({ name }) => name).join('/');
  const inner = innerLayers(layer).flatMap((child) => collect(child, [...within, layer], seen));
  return [{ layer, path, within }, ...inner];
}

function innerLayers(layer: layers.Layer): layers.Layer[] {
  if (layer instanceof LayersModel) return layer.layers;
  return Object.entries(layer)
    .filter(([name]) => name !== 'layer' || !('forwardLayer' in layer)) // Bidirectional calls two copies of its layer only.
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .filter(isLayer);
}

function isLayer(value: unknown): value is layers.Layer {
  return value instanceof layers.Layer;
}
