import { Tensor, type TensorLike, tensor, util } from '@tensorflow/tfjs-core';
import { NormkitError } from './errors.ts';

/** A shape; `null` is an extent that a model leaves open, such as its batch. */
export type OpenShape = readonly (number | null)[];

/** `[2,3,4]`, as shapes are written in messages; `[null,3,4]` where the batch is open. */
export function shapeText(shape: OpenShape): string {
  return `[${shape.map(String).join(',')}]`;
}

/** A short rendering of anything that a caller may have passed: long text and long arrays are cut. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return `'${shortText(value)}'`;
  if (Array.isArray(value)) return arrayText(value, 4);
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Set) return `Set(${value.size})`;
  if (typeof value !== 'object' || value === null) return String(value);
  // An object of a file may have a constructor of its own.
  return (Object.getPrototypeOf(value) as object | null)?.constructor.name ?? 'Object';
}

/** An array with at most sixteen of its entries, and at most so many levels of arrays within it. */
function arrayText(values: readonly unknown[], levels: number): string {
  if (levels === 0) return '[…]';
  const shown = values
    .slice(0, 16)
    .map((value) => (Array.isArray(value) ? arrayText(value, levels - 1) : valueText(value)));
  return `[${shown.join(',')}${values.length > 16 ? `,… ${values.length} in all` : ''}]`;
}

/** A name as messages show it: of one that is longer than 80 characters the beginning and the end. */
export function shortText(name: string): string {
  return name.length > 80 ? `${name.slice(0, 60)}…${name.slice(-12)}` : name;
}

/** `1, 2 or 3`. */
export function listText(items: readonly (number | string)[]): string {
  const head = items.slice(0, -1).join(', ');
  return head === '' ? String(items.at(-1) ?? '') : `${head} or ${items.at(-1)}`;
}

/** Refuses an option name that the op does not have: a typo would otherwise be a silent default. */
export function checkOptions(op: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options) || options instanceof Tensor) {
    throw new NormkitError(
      op,
      'options',
      `options must be an object. Got ${valueText(options)}; write { ${known[0]}: … }, say.`,
    );
  }
  const unknown = Object.keys(options).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new NormkitError(
      op,
      'options',
      `there is no option '${shortText(unknown)}'; the options are ${known.join(', ')}.`,
    );
  }
}

export function checkEpsilon(op: string, epsilon: unknown): number {
  if (typeof epsilon === 'number' && Number.isFinite(epsilon) && epsilon >= 0) return epsilon;
  throw new NormkitError(
    op,
    'epsilon',
    `epsilon must be a finite number, 0 or more. Got ${valueText(epsilon)}; 1e-3 is usual.`,
  );
}

/** One axis of a shape, counted from the front. */
export function checkAxis(op: string, axis: unknown, shape: OpenShape): number {
  if (typeof axis !== 'number' || !Number.isInteger(axis)) {
    throw new NormkitError(
      op,
      'axis',
      `axis must be an integer. Got ${valueText(axis)} for shape ${shapeText(shape)}.`,
    );
  }
  const rank = shape.length;
  if (axis >= -rank && axis < rank) return axis < 0 ? axis + rank : axis;
  const valid = rank === 0 ? 'a scalar has no axes' : `use ${-rank} to ${rank - 1}`;
  throw new NormkitError(
    op,
    'axis',
    `axis ${axis} is out of bounds for shape ${shapeText(shape)} of rank ${rank}; ${valid}.`,
  );
}

/** One axis or several, counted from the front and sorted. */
export function checkAxes(op: string, axis: unknown, shape: OpenShape): number[] {
  if (!Array.isArray(axis)) return [checkAxis(op, axis, shape)];
  const axes = axis.map((entry) => checkAxis(op, entry, shape));
  if (new Set(axes).size === axes.length) return axes.sort((a, b) => a - b);
  throw new NormkitError(
    op,
    'axis',
    `duplicate axes: ${valueText(axis)} names one axis of shape ${shapeText(shape)} twice (counted from the front: ${shapeText(axes)}).`,
  );
}

/** The axis of the channels, where each sample has statistics of its own: any but the first. */
export function checkChannelAxis(op: string, axis: unknown, shape: OpenShape): number {
  const channelAxis = checkAxis(op, axis, shape);
  if (channelAxis !== 0) return channelAxis;
  const valid =
    shape.length > 1 ? `use ${listText(shape.slice(1).map((_, index) => index + 1))}` : 'x needs at least two axes';
  throw new NormkitError(
    op,
    'axis',
    `axis ${axis} is the batch axis of shape ${shapeText(shape)}, and each sample has statistics of its own; ${valid}.`,
  );
}

/** How many groups the channels are divided into: -1 means one for each. */
export function checkGroups(op: string, groups: unknown, axis: number, shape: OpenShape, channels: number): number {
  if (groups === -1) return channels;
  const got = `Got shape ${shapeText(shape)} (axis ${axis} = ${channels}) with groups = ${valueText(groups)}`;
  if (typeof groups !== 'number' || !Number.isInteger(groups) || groups < 1) {
    throw new NormkitError(op, 'groups', `groups must be a positive integer, or -1 for one group per channel. ${got}.`);
  }
  if (channels % groups === 0) return groups;
  const divisors = Array.from({ length: channels }, (_, index) => index + 1).filter(
    (divisor) => channels % divisor === 0,
  );
  const shown = divisors.length > 16 ? [...divisors.slice(0, 15), channels] : divisors;
  // Channels that come first are the likely cause where they would fit.
  const other = shape.findIndex(
    (size, index) => index > 0 && size !== null && size !== channels && size % groups === 0,
  );
  const elsewhere = other > 0 ? `, or axis ${other} if the channels are there` : '';
  const fault =
    groups > channels
      ? 'groups cannot be more than the number of channels'
      : 'the number of channels must be divisible by groups';
  throw new NormkitError(op, 'groups', `${fault}. ${got}; use groups ${listText(shown)}${elsewhere}.`);
}

/** An argument as a tensor of numbers or booleans. A tensor made here belongs to the caller's tidy. */
export function checkTensor(op: string, argument: string, value: unknown): Tensor {
  const result = toTensor(op, argument, value);
  if (result.isDisposed) {
    throw new NormkitError(
      op,
      argument,
      `${argument} is a disposed tensor of shape ${shapeText(result.shape)}; use it before it is disposed, or tf.keep it.`,
    );
  }
  if (result.dtype === 'complex64' || result.dtype === 'string') {
    throw new NormkitError(
      op,
      argument,
      `${argument} must be float32, int32 or bool. Got dtype ${result.dtype}, shape ${shapeText(result.shape)}.`,
    );
  }
  return result;
}

function toTensor(op: string, argument: string, value: unknown): Tensor {
  if (value instanceof Tensor) return value;
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
  const ragged = raggedLengths(value);
  if (ragged) {
    throw new NormkitError(
      op,
      argument,
      `${argument} must be a rectangular array. Got rows of ${listText(ragged).replace(' or ', ' and ')} elements side by side.`,
    );
  }
  const stray = strayPlace(value);
  if (stray) {
    const found = stray.reduce<unknown>((row, index) => (row as unknown[])[index], value);
    const advice = found instanceof Tensor ? '; tf.stack makes one tensor of several' : '';
    throw new NormkitError(
      op,
      argument,
      `${argument} must be an array of numbers or booleans. Got ${valueText(found)} at [${stray.join('][')}]${advice}.`,
    );
  }
  return tensor(value as TensorLike);
}

/** tf.layers describes models by tensors without values, and layers are called with those before anything is computed. */
function symbolicAdvice(value: unknown, op: string): string {
  return valueText(value) === 'SymbolicTensor'
    ? `, which stands for a layer's input: use ${op} in the call method of a layer`
    : '';
}

/** The shape of an input: non-negative integers. */
export function checkShape(op: string, shape: unknown): readonly number[] {
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isInteger(size) && size >= 0);
  if (isShape) return shape as readonly number[];
  throw new NormkitError(
    op,
    'shape',
    `shape must be an array of non-negative integers. Got ${valueText(shape)}; of a tensor it is x.shape.`,
  );
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

/** Where a nested array has anything but numbers, booleans or their typed arrays: TensorFlow.js would read 0 or NaN, or fail. */
function strayPlace(value: unknown): number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  for (const [index, item] of value.entries()) {
    if (typeof item === 'number' || typeof item === 'boolean' || util.isTypedArray(item)) continue;
    if (!Array.isArray(item)) return [index];
    const stray = strayPlace(item);
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
  if (shapeText(result.shape) === shapeText(shape)) return result;
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
