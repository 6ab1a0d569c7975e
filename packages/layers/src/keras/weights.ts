import { NormkitError } from '@normkit/core';
import { listText, shapeText } from '@normkit/core/checks';
import type { io, NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import { LayersModel, type LayerVariable, type layers } from '@tensorflow/tfjs-layers';

type Spec = io.WeightsManifestEntry;

const valueBytes = { float32: 4, int32: 4, bool: 1, complex64: 8, uint8: 1, uint16: 2, float16: 2 } as const;

/**
 * That the file of the weights is as long as the manifest says. TensorFlow.js would fail on the first weight that is
 * cut off, without its name, and would not see that one was too long, and every weight after it was read askew.
 *
 * @throws NormkitError with the layer, the weight, its shape, and the bytes that were expected and received.
 */
export function checkWeightBytes(specs: readonly Spec[], received: number): void {
  let expected = 0;
  for (const spec of specs) {
    const bytes = bytesOf(spec);
    if (expected + bytes > received) {
      const left = Math.max(0, received - expected);
      throw weightError(
        spec.name,
        `expected ${bytes} bytes for shape ${shapeText(spec.shape)}. Got ${left}: the file of the weights ends after ${received} bytes, and the manifest lists ${totalBytes(specs)}; fetch or convert it again.`,
      );
    }
    expected += bytes;
  }
  if (expected === received || specs.length === 0) return;
  throw weightError(
    specs.at(-1)?.name ?? '',
    `is the manifest's last and ends at byte ${expected}. Got ${received} bytes: the manifest does not belong to this file; convert the model again.`,
  );
}

function bytesOf(spec: Spec): number {
  const dtype = spec.quantization?.dtype ?? spec.dtype;
  const bytes = valueBytes[dtype as keyof typeof valueBytes];
  if (bytes !== undefined) return spec.shape.reduce((size, extent) => size * extent, bytes);
  throw weightError(spec.name, `has dtype '${dtype}'; expected ${listText(Object.keys(valueBytes))}.`);
}

function totalBytes(specs: readonly Spec[]): number {
  return specs.reduce((bytes, spec) => bytes + bytesOf(spec), 0);
}

/**
 * The value of each weight of the model, by its name in the manifest. Keras 3 writes the models around a layer before
 * (`sequential/dense/kernel`) or numbers the weights (`dense/0`), and names the cell of a recurrent layer
 * (`lstm/lstm_cell/kernel`).
 *
 * @throws NormkitError with the layer and both shapes where one has another shape, and, where `strict`, with the names
 * of those that are missing or have no place.
 */
export function matchWeights(
  model: LayersModel,
  weights: NamedTensorMap,
  strict: boolean,
): ReadonlyMap<LayerVariable, Tensor> {
  const places = placesOf(model);
  const matched = new Map<LayerVariable, Tensor>();
  for (const [name, weight] of Object.entries(weights)) {
    const place = spellings(name)
      .flatMap((spelling) => places.get(spelling) ?? [])
      .find((candidate) => !matched.has(candidate));
    if (place && shapeOf(place) === shapeText(weight.shape)) {
      matched.set(place, weight);
    } else if (place) {
      throw weightError(
        name,
        `expected shape ${shapeOf(place)}. Got ${shapeText(weight.shape)}; it was saved from a model with other settings.`,
      );
    } else if (strict) {
      throw weightError(name, `has no place in the model. ${layerWeights(model, layerOf(name))}`);
    }
  }
  const missing = model.weights.find((weight) => !matched.has(weight));
  if (!strict || !missing) return matched;
  throw weightError(
    missing.originalName,
    `expected shape ${shapeOf(missing)}. Got nothing: the manifest lists ${matched.size} of the model's ${model.weights.length} weights.`,
  );
}

/**
 * The model's weights by each name that a manifest may have for them. Layers of different models within it may have the
 * same name: the outer ones come first, and a name with the models before is of one layer alone.
 */
function placesOf(model: LayersModel): Map<string, LayerVariable[]> {
  const places = new Map<string, LayerVariable[]>();
  const add = (name: string, weight: LayerVariable) => places.set(name, [...(places.get(name) ?? []), weight]);
  const visit = (layers: readonly layers.Layer[], path: string) => {
    for (const layer of layers.filter((layer) => !(layer instanceof LayersModel))) {
      for (const [index, weight] of layer.weights.entries()) {
        const names = [weight.originalName, `${layerOf(weight.originalName)}/${index}`];
        // Of a cell the weights are named `rnn/cell/kernel`, and of several `rnn/RNNCell_0/cell/kernel`.
        if ('cell' in layer) names.push(...withoutSecond(weight.originalName.split('/')));
        for (const name of names) add(name, weight);
        for (const name of path === '' ? [] : names) add(path + name, weight);
      }
    }
    for (const layer of layers) if (layer instanceof LayersModel) visit(layer.layers, `${path}${layer.name}/`);
  };
  visit(model.layers, '');
  return places;
}

/**
 * `a/b/c/d`, `a/b/d`, `a/c/d`, `b/c/d`, `b/d`, `c/d`: without models before the layer, and without a cell, or the stack
 * of cells, after it.
 */
function spellings(name: string): string[] {
  const parts = name.split('/');
  return parts.slice(0, -1).flatMap((_, start) => {
    const path = parts.slice(start);
    if (path.length === 2) return [path.join('/')];
    return [path.join('/'), [...path.slice(0, -2), ...path.slice(-1)].join('/'), ...withoutSecond(path)];
  });
}

/** `a/c/d` of `a/b/c/d`. */
function withoutSecond(path: readonly string[]): string[] {
  return path.length > 2 ? [[...path.slice(0, 1), ...path.slice(2)].join('/')] : [];
}

function layerWeights(model: LayersModel, layer: string): string {
  const own = model.weights.filter(({ originalName }) => layerOf(originalName) === layer);
  return own.length > 0
    ? `That layer has ${listText(own.map((weight) => `${nameOf(weight.originalName)} ${shapeOf(weight)}`))}.`
    : `Its layers with weights are ${listText([...new Set(model.weights.map((weight) => layerOf(weight.originalName)))])}.`;
}

function shapeOf({ shape }: LayerVariable): string {
  return shapeText(shape as number[]);
}

function layerOf(weightName: string): string {
  return weightName.slice(0, Math.max(0, weightName.lastIndexOf('/')));
}

function nameOf(weightName: string): string {
  return weightName.slice(weightName.lastIndexOf('/') + 1);
}

function weightError(weightName: string, message: string): NormkitError {
  const layer = layerOf(weightName);
  const where = layer === '' ? `weight '${weightName}'` : `layer '${layer}', weight ${nameOf(weightName)}`;
  return new NormkitError('loadKerasModel', 'weights', `${where}: ${message}`);
}
