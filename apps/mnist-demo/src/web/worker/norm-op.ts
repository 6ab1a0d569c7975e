import { batchNorm, groupNorm, instanceNorm, layerNorm, rmsNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import type { NormName } from '../../tutorial/norm-names.ts';

export type RealNorm = Exclude<NormName, 'none'>;

/** A differentiable function of tensors, and those tensors. */
export interface Op {
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor;
  readonly inputs: readonly tf.Tensor[];
}

/** The tutorial's norm as an op, on random activations of that shape. It has no moving averages to disturb. */
export function normkitOp(norm: RealNorm, shape: readonly number[]): Op {
  const axis = 3;
  const ops: Record<RealNorm, Op['run']> = {
    group: (x, gamma, beta) => groupNorm(x, { groups: 5, axis, gamma, beta }),
    instance: (x, gamma, beta) => instanceNorm(x, { axis, gamma, beta }),
    layer: (x, gamma, beta) => layerNorm(x, { axis, gamma, beta }),
    batch: (x, gamma, beta) => batchNorm(x, { axis, gamma, beta }),
    rms: (x, gamma) => rmsNorm(x, { axis, gamma }),
  };
  const channels = shape.at(-1) ?? 1;
  const beta = norm === 'rms' ? [] : [tf.zeros([channels])];
  return { run: ops[norm], inputs: [activations(shape), tf.ones([channels]), ...beta] };
}

/** TensorFlow.js's own layer in training; `undefined` for a norm that it does not have. */
export function stockLayerOp(norm: RealNorm, shape: readonly number[]): Op | undefined {
  if (norm !== 'layer' && norm !== 'batch') return undefined;
  const args = { axis: 3 };
  const layer = norm === 'layer' ? tf.layers.layerNormalization(args) : tf.layers.batchNormalization(args);
  layer.build([...shape]);
  return {
    run: (x) => layer.apply(x, { training: true }) as tf.Tensor,
    // The weights themselves: the layer reads them, whatever it is called with.
    inputs: [activations(shape), ...layer.trainableWeights.map((weight) => weight.read())],
  };
}

function activations(shape: readonly number[]): tf.Tensor {
  return tf.randomNormal([...shape], 0.1, 0.3, 'float32', 1);
}
