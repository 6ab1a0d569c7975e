import * as tf from '@tensorflow/tfjs';
import { isListOf, isOneOf, isRecord, isWhole } from '../data/forms.ts';
import { compile } from './model.ts';
import { MEMORIES } from './optimizers.ts';
import type { Settings } from './settings.ts';

/** What a tensor's values are of. */
export interface Layout {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: 'float32' | 'int32';
}

/** A tensor's values, on no backend. */
export interface Values extends Layout {
  readonly data: Float32Array | Int32Array;
}

/** All that training changes: the weights, moving averages among them, and what the optimizer remembers. */
export interface Snapshot {
  readonly weights: readonly Values[];
  readonly optimizer: readonly Values[];
}

/** A snapshot of another model, or of another optimizer, than it is to be put into. */
export class Misfit extends Error {
  override readonly name = 'Misfit';
}

/** Whether what a file says of a tensor is such a thing. */
export function isLayout(found: unknown): found is Layout {
  if (!isRecord(found)) return false;
  const { name, shape, dtype } = found;
  const isExtent = (extent: unknown) => isWhole(extent);
  return typeof name === 'string' && isListOf(isExtent, shape) && isOneOf(['float32', 'int32'], dtype);
}

/** Bytes of the values, one after the other. */
export function bytesOf(layouts: readonly Layout[]): number {
  return layouts.reduce((total, layout) => total + 4 * sizeOf(layout), 0);
}

/** Values that lie one after the other; there are as many bytes as {@link bytesOf} says. */
export function valuesIn(bytes: ArrayBuffer, layouts: readonly Layout[]): Values[] {
  let offset = 0;
  return layouts.map(({ name, shape, dtype }) => {
    const size = sizeOf({ shape });
    const Numbers = dtype === 'float32' ? Float32Array : Int32Array;
    const data = new Numbers(bytes, offset, size);
    offset += 4 * size;
    return { name, shape, dtype, data };
  });
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

/**
 * Puts a snapshot back that was taken after so many steps, on the backend that is current now, whichever it was then.
 *
 * @throws Misfit where it is not of such a model; nothing has changed then.
 */
export async function restoreSnapshot(
  model: tf.LayersModel,
  { weights, optimizer }: Snapshot,
  settings: Settings,
  steps: number,
): Promise<void> {
  requireWeights(model, weights);
  requireMemory(model, optimizer, settings, steps);
  const tensors = weights.map(tensorOf);
  model.setWeights(tensors);
  // A new optimizer: what the old one remembers lies on the backend that was.
  model.optimizer.dispose();
  compile(model, settings);
  const remembered = optimizer.map((values) => ({ name: values.name, tensor: tensorOf(values) }));
  await model.optimizer.setWeights(remembered);
  tf.dispose([tensors, remembered.map(({ tensor }) => tensor)]);
}

function requireWeights(model: tf.LayersModel, weights: readonly Values[]): void {
  if (weights.length !== model.weights.length) {
    throw new Misfit(`expected ${model.weights.length} weights, found ${weights.length}`);
  }
  for (const [index, { originalName, shape, dtype }] of model.weights.entries()) {
    const found = weights[index];
    if (found?.name === originalName && found.dtype === dtype && isSame(found.shape, shape)) continue;
    const of = found?.name === originalName ? `${found.dtype} [${found.shape}]` : 'another weight';
    throw new Misfit(`expected the weight ${originalName}, ${dtype} [${shape}], found ${of}`);
  }
}

/** The number of steps, and then, since the first of them, some tensors for each weight that is trained. */
function requireMemory(
  model: tf.LayersModel,
  [count, ...memory]: readonly Values[],
  { optimizer }: Settings,
  steps: number,
): void {
  if (count?.shape.length !== 0 || count.data[0] !== steps) {
    throw new Misfit(`expected an optimizer after ${steps} steps, found ${count?.data[0] ?? 'none'}`);
  }
  const shapes = model.trainableWeights.map(({ shape }) => shape);
  const expected = steps === 0 ? [] : Array.from({ length: MEMORIES[optimizer] }, () => shapes).flat();
  const isOne = ({ shape, dtype }: Values, index: number) =>
    dtype === 'float32' && isSame(shape, expected[index] ?? [Number.NaN]);
  if (memory.length !== expected.length || !memory.every(isOne)) {
    throw new Misfit(`expected what the optimizer ${optimizer} remembers of this model, found something else`);
  }
}

function isSame(found: readonly number[], expected: readonly (number | null)[]): boolean {
  return found.length === expected.length && found.every((extent, axis) => extent === expected[axis]);
}

function sizeOf({ shape }: Pick<Layout, 'shape'>): number {
  return shape.reduce((size, extent) => size * extent, 1);
}

async function valuesOf({ name, tensor }: { name: string; tensor: tf.Tensor }): Promise<Values> {
  const { shape, dtype } = tensor;
  return { name, shape, dtype: dtype as Values['dtype'], data: (await tensor.data()).slice() as Values['data'] };
}

function tensorOf({ data, shape, dtype }: Values): tf.Tensor {
  return tf.tensor(data, [...shape], dtype);
}
