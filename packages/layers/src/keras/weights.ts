import { valueText } from '@normkit/core/checks';
import type { Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel, LayerVariable } from '@tensorflow/tfjs-layers';
import type { FileWeight } from './manifest.ts';
import { layerOf, namesText, weightError } from './weight-errors.ts';
import { type WeightPlaces, weightPlaces } from './weight-places.ts';

/** What became of the weights of a file, and of those of the model. */
export interface MatchedWeights {
  readonly values: ReadonlyMap<LayerVariable, Tensor>;
  /** Of the file, without a place in the model. */
  readonly leftOut: readonly string[];
  /** Of the model, not in the file. */
  readonly initial: readonly string[];
  /** The layers none of whose weights is in the file. */
  readonly untouched: readonly string[];
}

/**
 * The value of each weight of the model.
 *
 * @throws NormkitError with the layer where one has another shape or dtype, and, where `strict`, with the names of those
 * that are missing, have no place or are listed twice.
 */
export function matchWeights(model: LayersModel, weights: readonly FileWeight[], strict: boolean): MatchedWeights {
  const places = weightPlaces(model);
  const values = new Map<LayerVariable, Tensor>();
  const leftOut: string[] = [];
  const seen = new Set<string>();
  for (const { name, tensor } of weights) {
    const isRepeated = seen.has(name);
    seen.add(name);
    const place = isRepeated ? undefined : places.find(name, (weight) => values.has(weight));
    if (place) {
      checkFit(name, place, tensor);
      values.set(place, tensor);
    } else if (strict) {
      const fault = isRepeated ? 'is listed twice in the manifest' : 'has no place in the model';
      throw weightError(name, `${fault}. ${layerWeights(places, layerOf(name))}`);
    } else leftOut.push(name);
  }
  const missing = [...places.weights].filter((weight) => !values.has(weight));
  const [first] = missing;
  if (strict && first) {
    throw weightError(
      first.originalName,
      `expected shape ${shapeOf(first)}. Got nothing: the manifest lists ${values.size} of the model's ${places.weights.size} weights.`,
    );
  }
  const untouched = [...places.byLayer].filter(([, own]) => !own.some((weight) => values.has(weight)));
  return {
    values,
    leftOut,
    initial: missing.map(({ originalName }) => originalName),
    untouched: untouched.map(([layer]) => layer),
  };
}

function checkFit(name: string, place: LayerVariable, tensor: Tensor): void {
  if (shapeOf(place) !== valueText(tensor.shape)) {
    throw weightError(
      name,
      `expected shape ${shapeOf(place)}. Got ${valueText(tensor.shape)}; it was saved from a model with other settings.`,
    );
  }
  // Whole numbers may have come through a format that knows float32 alone; their layer casts them.
  if (place.dtype === tensor.dtype || (place.dtype === 'int32' && tensor.dtype === 'float32')) return;
  throw weightError(name, `expected dtype ${place.dtype}. Got ${tensor.dtype}; convert the model again.`);
}

function layerWeights({ weights, byLayer }: WeightPlaces, layer: string): string {
  const own = [...weights].filter(({ originalName }) => layerOf(originalName) === layer);
  const described = own.map((weight) => `${weight.originalName.slice(layer.length + 1)} ${shapeOf(weight)}`);
  return own.length > 0
    ? `That layer has ${namesText(described)}.`
    : `The model's layers with weights are ${namesText([...byLayer.keys()])}.`;
}

function shapeOf({ shape }: LayerVariable): string {
  return valueText(shape);
}
