import { NormkitError } from '@normkit/core';
import { valueText } from '@normkit/core/checks';
import { dispose, type NamedTensorMap, Tensor, type TensorLike, tensor } from '@tensorflow/tfjs-core';
import { nestedNumbers } from '../arguments/nested-numbers.ts';

type AdaptBatch = Tensor | { readonly xs: Tensor; readonly ys?: unknown };

/**
 * Samples: one tensor or array of them, batches in an array, or a `tf.data.Dataset` of batches. A batch is a tensor, or
 * `{ xs, ys }` as for `model.fitDataset`.
 */
export type AdaptSource =
  | TensorLike
  | AdaptBatch
  | readonly AdaptBatch[]
  | { iterator(): Promise<{ next(): Promise<{ readonly done?: boolean; readonly value: unknown }> }> };

/** Each batch of the samples. What a Dataset yields is disposed when the next one is asked for. */
export async function* adaptBatches(label: string, source: AdaptSource): AsyncGenerator<Tensor> {
  if (isDataset(source)) {
    const iterator = await source.iterator();
    for (let item = await iterator.next(); !item.done; item = await iterator.next()) {
      try {
        yield samplesOf(label, item.value);
      } finally {
        dispose(item.value as NamedTensorMap);
      }
    }
    return;
  }
  if (Array.isArray(source) && source.some((batch) => typeof batch === 'object' && !Array.isArray(batch))) {
    for (const batch of source) yield samplesOf(label, batch);
    return;
  }
  if (!Array.isArray(source) && !ArrayBuffer.isView(source)) {
    yield samplesOf(label, source);
    return;
  }
  const values = arrayTensor(label, source);
  try {
    yield values;
  } finally {
    values.dispose();
  }
}

function isDataset(source: AdaptSource): source is Extract<AdaptSource, { iterator(): unknown }> {
  return typeof (source as { iterator?: unknown } | null)?.iterator === 'function';
}

function samplesOf(label: string, batch: unknown): Tensor {
  const samples = typeof batch === 'object' && batch !== null && 'xs' in batch ? batch.xs : batch;
  if (samples instanceof Tensor && samples.dtype !== 'string' && samples.dtype !== 'complex64') return samples;
  throw dataError(label, samples);
}

function arrayTensor(label: string, given: unknown): Tensor {
  const numbers = nestedNumbers(given);
  if (numbers) return tensor([...numbers.values], [...numbers.shape], 'float32');
  throw dataError(label, given);
}

function dataError(label: string, data: unknown): NormkitError {
  return new NormkitError(
    label,
    'data',
    `data must be numbers: a tensor, an array of one shape, an array of batches or a tf.data.Dataset of batches, of which each is a tensor or { xs, ys }. Got ${valueText(data)}.`,
  );
}
