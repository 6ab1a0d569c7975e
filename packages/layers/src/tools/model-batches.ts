import { NormkitError } from '@normkit/core';
import { valueText } from '@normkit/core/checks';
import { dispose, type NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import type { LayersModel } from '@tensorflow/tfjs-layers';

/** The inputs of a model with one input, or with several, in its order or by their names. */
export type ModelInputs = Tensor | readonly Tensor[] | NamedTensorMap;

/** Inputs of a model, alone or with the targets that `model.fitDataset` takes and that mean nothing here. */
export type ModelBatch = ModelInputs | { readonly xs: ModelInputs; readonly ys?: unknown };

/** Batches that can be gone through several times: an array, or a `tf.data.Dataset`. */
export type BatchSource =
  | readonly ModelBatch[]
  | { iterator(): Promise<{ next(): Promise<{ readonly done?: boolean; readonly value: unknown }> }> };

/**
 * The inputs of each batch, in the model's order. What a Dataset yields is disposed when the next batch is asked for;
 * tensors in an array stay the caller's.
 */
export async function* batchesOf(op: string, model: LayersModel, source: BatchSource): AsyncGenerator<Tensor[]> {
  if (isArray(source)) {
    for (const batch of source) yield inputsOf(op, model, batch);
    return;
  }
  if (typeof source?.iterator !== 'function') throw batchError(op, model, source);
  const iterator = await source.iterator();
  for (let item = await iterator.next(); !item.done; item = await iterator.next()) {
    try {
      yield inputsOf(op, model, item.value);
    } finally {
      dispose(item.value as NamedTensorMap);
    }
  }
}

function isArray(source: BatchSource): source is readonly ModelBatch[] {
  return Array.isArray(source);
}

function inputsOf(op: string, model: LayersModel, batch: unknown): Tensor[] {
  if (batch instanceof Tensor) return [batch];
  if (typeof batch !== 'object' || batch === null) throw batchError(op, model, batch);
  if ('xs' in batch) return inputsOf(op, model, batch.xs);
  const inputs = Array.isArray(batch) ? batch : inputNames(model).map((name) => (batch as NamedTensorMap)[name]);
  if (inputs.length === model.inputs.length && inputs.every((input) => input instanceof Tensor)) return inputs;
  throw batchError(op, model, batch);
}

/** A Sequential that was not called yet has no `inputNames`. */
function inputNames({ inputs }: LayersModel): string[] {
  return inputs.map(({ sourceLayer }) => sourceLayer.name);
}

function batchError(op: string, model: LayersModel, batch: unknown): NormkitError {
  const names = inputNames(model);
  const inputs = names.length === 1 ? 'a tensor' : `${names.length} tensors (${names.join(', ')})`;
  return new NormkitError(
    op,
    'dataset',
    `dataset must be a tf.data.Dataset or an array, of which each batch is ${inputs}, or { xs, ys }. Got ${valueText(batch)}.`,
  );
}
