import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type CallAttributes, gradientsByPlace, unpack } from './calls.ts';
import { backward } from './dispatch.ts';
import { type ApplyCall, type BackwardResult, type ForwardCall, kernelNames } from './kernels.ts';
import { inverseRoot } from './standardize.ts';

/** Registers the gradients of the fused kernels with TensorFlow.js; once, however often it is called. */
export function registerNormGradients(): void {
  if (tf.getGradient(kernelNames.forward)) return;
  tf.registerGradient({
    kernelName: kernelNames.forward,
    saveAllInputs: true,
    outputsToSave: [false, true],
    gradFunc: (dys, saved, attrs) => {
      const attributes = attrs as unknown as CallAttributes;
      const [dy, stats] = [(dys as Tensor[])[0] as Tensor, saved.at(-1) as Tensor];
      const { plan, x, gamma, weights } = unpack<ForwardCall<Tensor>, Tensor>(saved, attributes);
      const gradients = backward({ plan, dy, x, stats, frozenStats: false, gamma, weights });
      return gradientsByPlace(attributes, (name) => gradients[`d${name}` as keyof BackwardResult] as Tensor);
    },
  });
  tf.registerGradient({
    kernelName: kernelNames.apply,
    saveAllInputs: true,
    gradFunc: (dy, saved, attrs) => {
      const attributes = attrs as unknown as CallAttributes;
      const call = unpack<ApplyCall<Tensor>, Tensor>(saved, attributes);
      const { plan, x, stats, gamma } = call;
      const gradients = backward({ plan, dy: dy as Tensor, x, stats, frozenStats: true, gamma });
      return gradientsByPlace(attributes, (name) =>
        name === 'stats' ? statsGradient(call, gradients) : (gradients[`d${name}` as keyof BackwardResult] as Tensor),
      );
    },
  });
}

/** d/dmean = −gamma · dbeta / σ and d/dvariance = −gamma · dgamma / 2σ²: `apply` has one view for both groupings. */
function statsGradient({ plan, stats, gamma }: ApplyCall<Tensor>, { dgamma, dbeta }: BackwardResult<Tensor>): Tensor {
  const inverse = inverseRoot(tf.unstack(stats)[1] as Tensor, plan.epsilon);
  const scaled = (gradient: Tensor) => tf.mul(gamma ? tf.mul(gamma, gradient) : gradient, inverse);
  return tf.stack([tf.neg(scaled(dbeta)), tf.mul(-0.5, tf.mul(scaled(dgamma), inverse))]);
}
