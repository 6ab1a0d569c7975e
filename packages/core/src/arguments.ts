import { Tensor } from '@tensorflow/tfjs-core';
import { divisorsText } from './divisors.ts';
import { NormkitError } from './errors.ts';
import { listText, type OpenShape, shapeText, valueText } from './text.ts';

export { checkStatistic, faultyChannel, inspectStatistic, trustStatistic } from './check-statistic.ts';
export { checkMask, checkParameter, checkTensor } from './check-tensor.ts';
export { listText, type OpenShape, shapeText, shortText, valueText } from './text.ts';

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
      `there is no option ${valueText(unknown)}; the options are ${known.join(', ')}.`,
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
    `duplicate axes: ${valueText(axis)} names one axis of shape ${shapeText(shape)} twice (counted from the front: ${valueText(axes)}).`,
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
  // Channels that come first are the likely cause where they would fit.
  const other = shape.findIndex(
    (size, index) => index > 0 && size !== null && size !== channels && size % groups === 0,
  );
  const elsewhere = other > 0 ? `, or axis ${other} if the channels are there` : '';
  const fault =
    groups > channels
      ? 'groups cannot be more than the number of channels'
      : 'the number of channels must be divisible by groups';
  throw new NormkitError(op, 'groups', `${fault}. ${got}; use groups ${divisorsText(channels)}${elsewhere}.`);
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
