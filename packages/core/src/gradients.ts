import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { backward, type Gradients, rowOf } from './dispatch.ts';
import { APPLY, FORWARD, type KernelAttributes } from './kernels.ts';
import type { Plan } from './plan.ts';
import { perSegment, scaleShared } from './segments.ts';
import { inverseRoot, standardize } from './standardize.ts';
import { segmentSize } from './view.ts';

/** Registers the gradients of the fused kernels with TensorFlow.js; once, however often it is called. */
export function registerNormGradients(): void {
  if (tf.getGradient(FORWARD)) return;
  tf.registerGradient({
    kernelName: FORWARD,
    saveAllInputs: true,
    outputsToSave: [false, true],
    gradFunc: (dys, [x, ...saved], attrs) => {
      const attributes = attrs as unknown as KernelAttributes;
      const [dy] = dys as Tensor[];
      const [gamma, stats] = [attributes.hasGamma ? saved[0] : undefined, saved.at(-1)];
      const gradients = backward(attributes.plan, dy as Tensor, x as Tensor, stats as Tensor, gamma, false);
      return keyed(inputGradients(attributes, gradients));
    },
  });
  tf.registerGradient({
    kernelName: APPLY,
    saveAllInputs: true,
    gradFunc: (dy, [stats, x, ...saved], attrs) => {
      const attributes = attrs as unknown as KernelAttributes;
      const gamma = attributes.hasGamma ? saved[0] : undefined;
      const gradients = backward(attributes.plan, dy as Tensor, x as Tensor, stats as Tensor, gamma, true);
      const dstats = () => statsGradient(attributes.plan, stats as Tensor, gradients, gamma);
      return keyed([dstats, ...inputGradients(attributes, gradients)]);
    },
  });
}

/** A statistic that a fused kernel has computed, as a function of x that TensorFlow.js can differentiate. */
export function statistic(row: 'mean' | 'variance', plan: Plan, x: Tensor, stats: Tensor): Tensor {
  return tf.customGrad((input, save) => {
    (save as tf.GradSaveFunc)([input as Tensor]);
    return {
      value: rowOf(stats, row === 'mean' ? 0 : 1),
      gradFunc: (dvalue: Tensor, [saved]: Tensor[]) => {
        const share = tf.div(tf.reshape(dvalue, perSegment(plan.stats)), segmentSize(plan.stats));
        const x = saved as Tensor;
        const slope = row === 'mean' ? tf.ones([...plan.stats]) : tf.mul(2, standardize(plan, x).centred);
        return tf.reshape(scaleShared(plan.stats, slope, share), x.shape);
      },
    };
  })(x);
}

type Thunk = () => Tensor;

function inputGradients({ hasGamma, hasBeta }: KernelAttributes, [dx, dgamma, dbeta]: Gradients): Thunk[] {
  return [() => dx, ...(hasGamma ? [() => dgamma] : []), ...(hasBeta ? [() => dbeta] : [])];
}

/** d/dmean = −gamma · dbeta / σ and d/dvariance = −gamma · dgamma / 2σ²: `apply` has one view for both groupings. */
function statsGradient(plan: Plan, stats: Tensor, [, dgamma, dbeta]: Gradients, gamma?: Tensor): Tensor {
  const inverse = inverseRoot(tf.unstack(stats)[1] as Tensor, plan.epsilon);
  const scaled = (gradient: Tensor) => tf.mul(gamma ? tf.mul(gamma, gradient) : gradient, inverse);
  return tf.stack([tf.neg(scaled(dbeta)), tf.mul(-0.5, tf.mul(scaled(dgamma), inverse))]);
}

/** Gradients by input name: the inputs are a list, so their names are its indices. */
function keyed(thunks: Thunk[]): Record<string, Thunk> {
  return Object.fromEntries(thunks.map((thunk, index) => [String(index), thunk]));
}
