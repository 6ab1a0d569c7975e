import { NormkitError } from '@normkit/core';
import { listText } from '@normkit/core/checks';
import type { LayerVariable, layers } from '@tensorflow/tfjs-layers';

/** A layer's fields by name. TensorFlow.js's types hide the fields that hold weights. */
export type Fields = Record<string, unknown>;

/** The weight of a built layer that wrappers normalize: the first of these fields that holds one. */
export function kernelOf(wrapper: string, layer: layers.Layer, names: readonly string[]): LayerVariable {
  for (const name of names) {
    const weight = weightOf(layer, name);
    if (weight) return weight;
  }
  throw new NormkitError(
    wrapper,
    'layer',
    `the wrapped layer must have a ${listText(names)}. Got ${layer.getClassName()} ${layer.name}, which has none; wrap a Dense or convolutional layer, say.`,
  );
}

/** The weight in a field of a layer, if there is one. */
export function weightOf(layer: layers.Layer, name: string): LayerVariable | undefined {
  const weight = (layer as unknown as Fields)[name];
  return typeof weight === 'object' && weight !== null && 'read' in weight ? (weight as LayerVariable) : undefined;
}
