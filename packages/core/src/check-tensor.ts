import { engine, Identity, Tensor, type TensorInfo, type TensorLike, tensor, util } from '@tensorflow/tfjs-core';
import { NormkitError } from './errors.ts';
import { isSymbolic, listText, shapeText, valueText } from './text.ts';

/** An argument as a tensor of numbers or booleans. A tensor made here belongs to the caller's tidy. */
export function checkTensor(op: string, argument: string, value: unknown): Tensor {
  const result = toTensor(op, argument, value);
  if (result.dtype === 'complex64' || result.dtype === 'string') {
    throw new NormkitError(
      op,
      argument,
      `${argument} must be float32, int32 or bool. Got dtype ${result.dtype}, shape ${shapeText(result.shape)}.`,
    );
  }
  return result;
}

function disposed(op: string, argument: string, shape: readonly number[]): NormkitError {
  return new NormkitError(
    op,
    argument,
    `${argument} is a disposed tensor of shape ${shapeText(shape)}; use it before it is disposed, or tf.keep it.`,
  );
}

function toTensor(op: string, argument: string, value: unknown): Tensor {
  if (isTensor(value)) return ownTensor(op, argument, value);
  if (
    typeof value !== 'number' &&
    typeof value !== 'boolean' &&
    !Array.isArray(value) &&
    !util.isTypedArray(value as object)
  ) {
    throw new NormkitError(
      op,
      argument,
      `${argument} must be a Tensor, a number, or an array of numbers (nested, Float32Array, Int32Array or Uint8Array). Got ${valueText(value)}${symbolicAdvice(value, op)}.`,
    );
  }
  const stray = strayPlace(value);
  if (stray) {
    const found = stray.reduce<unknown>((row, index) => (row as unknown[])[index], value);
    const advice = isTensor(found) ? '; tf.stack makes one tensor of several' : symbolicAdvice(found, op);
    throw new NormkitError(
      op,
      argument,
      `${argument} must be an array of numbers or booleans. Got ${valueText(found)} at [${stray.join('][')}]${advice}.`,
    );
  }
  const ragged = raggedLengths(value);
  if (ragged) {
    throw new NormkitError(
      op,
      argument,
      `${argument} must be a rectangular array. Got rows of ${listText(ragged).replace(' or ', ' and ')} elements side by side.`,
    );
  }
  return tensor(value as TensorLike);
}

/** The fields of a tensor, of whatever copy of TensorFlow.js, also of one whose methods have other names. */
function isTensor(value: unknown): value is Tensor | TensorInfo {
  return (
    value instanceof Tensor || (typeof value === 'object' && value !== null && 'dataId' in value && 'dtype' in value)
  );
}

/**
 * Copies of TensorFlow.js share the engine that the first of them has put on the global object, so that tensors of one
 * are tensors of the others. Where they could not, as in frames, the data of one are unknown to the other.
 */
function ownTensor(op: string, argument: string, value: Tensor | TensorInfo): Tensor {
  if ('isDisposed' in value && value.isDisposed) throw disposed(op, argument, value.shape);
  if (engine().state.tensorInfo.has(value.dataId)) {
    return value instanceof Tensor ? value : (engine().runKernel(Identity, { x: value as Tensor }) as Tensor);
  }
  throw new NormkitError(
    op,
    argument,
    `${argument} is a tensor of a second copy of TensorFlow.js, with an engine of its own; its data are not known to the copy that @normkit/core uses. Use one copy: one version of @tensorflow/tfjs-core (npm ls @tensorflow/tfjs-core), no script tag beside an import, no tensors of another frame or realm; or hand over the values, await x.array().`,
  );
}

/** tf.layers describes models by tensors without values, and layers are called with those before anything is computed. */
function symbolicAdvice(value: unknown, op: string): string {
  return isSymbolic(value) ? `, which stands for a layer's input: use ${op} in the call method of a layer` : '';
}

/** The lengths of the first rows that differ, anywhere in a nested array: TensorFlow.js would read past the short one. */
function raggedLengths(value: unknown): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const lengths = [
    ...new Set(
      value.map((row) => (Array.isArray(row) || ArrayBuffer.isView(row) ? (row as ArrayLike<number>).length : 0)),
    ),
  ];
  if (lengths.length > 1) return lengths;
  for (const row of value) {
    const ragged = raggedLengths(row);
    if (ragged) return ragged;
  }
  return undefined;
}

/** More axes than any tensor has. An array may hold itself. */
const MOST_LEVELS = 16;

/** Where a nested array has anything but numbers, booleans or their typed arrays: TensorFlow.js would read 0 or NaN, or fail. */
function strayPlace(value: unknown, level = 1): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  for (const [index, item] of value.entries()) {
    if (typeof item === 'number' || typeof item === 'boolean' || util.isTypedArray(item)) continue;
    if (!Array.isArray(item) || level === MOST_LEVELS) return [index];
    const stray = strayPlace(item, level + 1);
    if (stray) return [index, ...stray];
  }
  return undefined;
}

/** A parameter (gamma, beta, mean or variance), whose shape the plan decides. */
export function checkParameter(
  op: string,
  argument: string,
  value: unknown,
  shape: readonly number[],
  inputShape: readonly number[],
): Tensor {
  const result = checkTensor(op, argument, value);
  if (util.arraysEqual(result.shape, [...shape])) return result;
  throw new NormkitError(
    op,
    argument,
    `${argument} must have shape ${shapeText(shape)} for x of shape ${shapeText(inputShape)}. Got ${shapeText(result.shape)}.`,
  );
}

/** A mask: boolean or fractional weights, broadcastable to the input as TensorFlow.js broadcasts. */
export function checkMask(op: string, value: unknown, inputShape: readonly number[]): Tensor {
  const mask = checkTensor(op, 'mask', value);
  const offset = inputShape.length - mask.rank;
  if (offset >= 0 && mask.shape.every((size, axis) => size === 1 || size === inputShape[axis + offset])) return mask;
  throw new NormkitError(
    op,
    'mask',
    `mask must broadcast to x of shape ${shapeText(inputShape)}. Got ${shapeText(mask.shape)}; a mask of the leading axes needs trailing axes of 1, such as ${shapeText([...inputShape.slice(0, 1), ...inputShape.slice(1).map(() => 1)])}.`,
  );
}
