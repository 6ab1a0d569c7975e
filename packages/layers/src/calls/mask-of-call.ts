import { NormkitError } from '@normkit/core';
import { shapeText } from '@normkit/core/checks';
import * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { CallArguments } from '../abstract-layers/keras-layer.ts';
import { maskOf, runningCalls } from './running-calls.ts';

/**
 * The mask of a call as weights that broadcast to x: a mask has the leading axes of x, `[batch, time]` of
 * `[batch, time, channels]`, and weighs all that lies behind them alike.
 *
 * In a model it is the mask of x: what the layer that computed x made of its own mask. One that does not fit x is left
 * out there, as TensorFlow.js's own layers do. A caller's own mask has to fit.
 *
 * @throws NormkitError where a mask in the call's arguments does not fit.
 */
export function maskOfCall(
  layer: layers.Layer,
  label: string,
  x: tf.Tensor,
  kwargs: CallArguments,
): tf.Tensor | undefined {
  // What a model writes into the arguments of a call may be left from another layer; a layer may hand them on as they are.
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
