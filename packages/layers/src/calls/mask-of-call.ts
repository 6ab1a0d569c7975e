import { NormkitError } from '@normkit/core';
import { shapeText } from '@normkit/core/checks';
import * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { CallArguments } from '../abstract-layers/keras-layer.ts';
import { maskOf, runningCalls } from './running-calls.ts';

/**
 * The mask of a call, as weights that broadcast to x. A mask has the leading axes of x: `[batch, time]` of
 * `[batch, time, channels]`. Each of its values weighs all elements of x along the other axes.
 *
 * In a model this is the mask of x, which the layer that computed x has made. If it does not fit x, it is left out, as
 * TensorFlow.js's own layers do. A mask in the caller's arguments must fit.
 *
 * @throws NormkitError where a mask in the call's arguments does not fit.
 */
export function maskOfCall(
  layer: layers.Layer,
  label: string,
  x: tf.Tensor,
  kwargs: CallArguments,
): tf.Tensor | undefined {
  // A model writes masks of other layers into the arguments of a call, and a layer may hand its arguments on.
  const byModel = runningCalls.findLast((call) => call.byModel && call.kwargs === kwargs);
  const given: tf.Tensor | undefined = byModel ? undefined : (kwargs?.['mask'] ?? undefined);
  const mask = given ?? maskOf(x) ?? (byModel?.layer === layer ? undefined : byModel?.mask);
  if (!mask) return undefined;
  const fits = mask.rank < x.rank && mask.shape.every((size, axis) => size === 1 || size === x.shape[axis]);
  if (fits) return tf.reshape(mask, [...mask.shape, ...x.shape.slice(mask.rank).map(() => 1)]);
  if (!given) return undefined;
  throw new NormkitError(
    label,
    'mask',
    `mask must have the leading axes of x, of shape ${shapeText(x.shape)}. Got ${shapeText(mask.shape)}; ${shapeText(x.shape.slice(0, -1))} is usual.`,
  );
}
