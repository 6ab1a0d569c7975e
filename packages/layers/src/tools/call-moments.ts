import { batchNormWithStats } from '@normkit/core';
import * as tf from '@tensorflow/tfjs-core';
import type { LayersModel, layers } from '@tensorflow/tfjs-layers';
import type { CallArguments } from '../abstract-layers/keras-layer.ts';
import { BatchNormalization } from '../batch-normalization.ts';
import { maskOfCall } from '../calls/mask-of-call.ts';
import { observeCalls } from '../calls/observe-calls.ts';
import type { BatchNormFields } from '../weights/batch-norm-fields.ts';

/**
 * A batch norm, and a layer that is first called after all calls of that batch norm: there the run of the model can
 * end.
 */
export interface Pass {
  readonly norm: BatchNormFields;
  readonly end: layers.Layer | undefined;
}

/** Mean and variance of one call of a layer, and how many values of each channel there were. */
type CallMoments = { readonly mean: tf.Tensor1D; readonly variance: tf.Tensor1D; readonly count: tf.Tensor };

const reachedEnd = new Error('The layers up to the one whose statistics are computed have been called.');

/** The statistics of each call of the layer in one run of the model. The caller disposes them. */
export function callMoments(model: LayersModel, inputs: tf.Tensor[], { norm, end }: Pass): CallMoments[] {
  const calls: CallMoments[] = [];
  try {
    observeCalls(
      end ? [norm, end] : [norm],
      (layer, x, kwargs) => {
        if (layer === end) throw reachedEnd;
        calls.push(tf.tidy(() => momentsOf(norm, x, kwargs)));
      },
      () => tf.dispose(model.predictOnBatch(inputs)),
    );
  } catch (error) {
    if (error !== reachedEnd) {
      tf.dispose(calls as unknown as tf.NamedTensorMap[]);
      throw error;
    }
  }
  return calls;
}

function momentsOf(norm: BatchNormFields, x: tf.Tensor, kwargs: CallArguments): CallMoments {
  const weighs = norm instanceof BatchNormalization && norm.maskStatistics;
  const mask = weighs ? maskOfCall(norm, norm.name, x, kwargs) : undefined;
  const { mean, variance } = batchNormWithStats(x, { axis: norm.axis, mask });
  const elements = mask ? tf.sum(tf.broadcastTo(tf.cast(mask, 'float32'), x.shape)) : tf.scalar(x.size);
  const count = tf.div(elements, mean.size);
  return { mean: tf.keep(mean), variance: tf.keep(variance), count: tf.keep(count) };
}
