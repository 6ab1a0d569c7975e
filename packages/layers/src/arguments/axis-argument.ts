import { NormkitError } from '@normkit/core';
import { type OpenShape, shapeText, valueText } from '@normkit/core/checks';

/** `[3]` as `3`: of a layer with one axis, Keras writes either. */
export function oneAxis(axis: unknown): unknown {
  return Array.isArray(axis) && axis.length === 1 ? axis[0] : axis;
}

/** An axis as an argument or in a config. There is no shape yet that could have too few axes for it. */
export function checkAxisArgument(layer: string, given: unknown): number {
  const axis = oneAxis(given);
  if (typeof axis === 'number' && Number.isInteger(axis)) return axis;
  throw new NormkitError(layer, 'axis', `axis must be an integer. Got ${valueText(axis)}.`);
}

/** An axis other than the batch. */
export function checkChannelAxisArgument(layer: string, axis: unknown): number {
  const channelAxis = checkAxisArgument(layer, axis);
  if (channelAxis !== 0) return channelAxis;
  throw new NormkitError(
    layer,
    'axis',
    'axis 0 is the batch, and each sample has statistics of its own; give the axis of the channels, or use batchNormalization.',
  );
}

/** One axis or several. */
export function checkAxesArgument(layer: string, axis: unknown): number | readonly number[] {
  const axes: unknown[] = Array.isArray(axis) ? axis : [axis];
  if (axes.length > 0 && axes.every((entry) => typeof entry === 'number' && Number.isInteger(entry))) {
    return axis as number | readonly number[];
  }
  throw new NormkitError(layer, 'axis', `axis must be an integer or an array of integers. Got ${valueText(axis)}.`);
}

/**
 * The extents along these axes of an input, which weights have too.
 *
 * @param why The weights that have them, and what to do, as the message says it.
 * @throws NormkitError where one is open.
 */
export function definedExtents(
  layer: string,
  shape: OpenShape,
  axes: readonly number[],
  why: { readonly weights: string; readonly advice: string },
): number[] {
  return axes.map((axis) => {
    const size = shape[axis];
    if (typeof size === 'number') return size;
    throw new NormkitError(
      layer,
      'axis',
      `axis ${axis} of the input must have a defined extent, for ${why.weights}. Got shape ${shapeText(shape)}; give the extent in inputShape, ${why.advice}.`,
    );
  });
}
