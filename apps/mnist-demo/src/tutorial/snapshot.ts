import * as tf from '@tensorflow/tfjs';
import { compile } from './model.ts';
import type { Settings } from './settings.ts';

/** A tensor's values, on no backend. */
export interface Values {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
  readonly dtype: 'float32' | 'int32' | 'bool';
}

/** All that training changes: the weights, moving averages among them, and what the optimizer remembers. */
export interface Snapshot {
  readonly weights: readonly Values[];
  readonly optimizer: readonly Values[];
}

/** Read without blocking, as a GPU needs. */
export async function takeSnapshot(model: tf.LayersModel): Promise<Snapshot> {
  const optimizer = await model.optimizer.getWeights();
  const weights = model.weights.map((weight) => ({ name: weight.originalName, tensor: weight.read() }));
  const snapshot = {
    weights: await Promise.all(weights.map(valuesOf)),
    optimizer: await Promise.all(optimizer.map(valuesOf)),
  };
  // The number of steps so far: a tensor made for the asking, unlike the rest.
  optimizer[0]?.tensor.dispose();
  return snapshot;
}

/** Puts a snapshot back, on the backend that is current now, whichever it was taken on. */
export async function restoreSnapshot(
  model: tf.LayersModel,
  { weights, optimizer }: Snapshot,
  settings: Settings,
): Promise<void> {
  const tensors = weights.map(tensorOf);
  model.setWeights(tensors);
  // A new optimizer: what the old one remembers lies on the backend that was.
  model.optimizer.dispose();
  compile(model, settings);
  const remembered = optimizer.map((values) => ({ name: values.name, tensor: tensorOf(values) }));
  await model.optimizer.setWeights(remembered);
  tf.dispose([tensors, remembered.map(({ tensor }) => tensor)]);
}

async function valuesOf({ name, tensor }: { name: string; tensor: tf.Tensor }): Promise<Values> {
  const { shape, dtype } = tensor;
  return { name, shape, dtype: dtype as Values['dtype'], data: (await tensor.data()).slice() as Values['data'] };
}

function tensorOf({ data, shape, dtype }: Values): tf.Tensor {
  return tf.tensor(data, [...shape], dtype);
}
