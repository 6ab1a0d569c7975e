import { NormkitError } from '@normkit/core';
import { shapeText } from '@normkit/core/checks';
import * as tf from '@tensorflow/tfjs-core';

/**
 * The mask of a call as weights that broadcast to x: a mask has the leading axes of x, `[batch, time]` of
 * `[batch, time, channels]`, and weighs all that lies behind them alike.
 *
 * In a model TensorFlow.js hands the last mask that it saw to every layer behind, also where a layer between has ended
 * it, so there a mask that does not fit x is not meant for this layer.
 */
export function maskFor(
  layer: string,
  x: tf.Tensor,
  mask: tf.Tensor | null | undefined,
  inModel: boolean,
): tf.Tensor | undefined {
  if (!mask) return undefined;
  const fits = mask.rank < x.rank && mask.shape.every((size, axis) => size === 1 || size === x.shape[axis]);
  if (fits) return tf.reshape(mask, [...mask.shape, ...x.shape.slice(mask.rank).map(() => 1)]);
  if (inModel) return undefined;
  throw new NormkitError(
    layer,
    'mask',
    `mask must have the leading axes of x, of shape ${shapeText(x.shape)}. Got ${shapeText(mask.shape)}; ${shapeText(x.shape.slice(0, -1))} is usual.`,
  );
}
