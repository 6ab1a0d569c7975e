import type { NamedAttrMap, NamedTensorMap, Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import * as composed from './composed.ts';
import {
  APPLY,
  BACKWARD,
  FORWARD,
  type KernelAttributes,
  type NormKernelConfig,
  STATISTIC,
  type StatisticAttributes,
} from './kernels.ts';
import type { Plan } from './plan.ts';

/*
 * Each call runs on the current backend's kernels where they are registered and cover it, and is composed of
 * TensorFlow.js's operations otherwise.
 */

export type Gradients = [dx: Tensor, dgamma: Tensor, dbeta: Tensor];

/** y and the kernel's statistics, or `undefined` where the kernels do not cover the call. */
export function fusedForward(
  plan: Plan,
  x: Tensor,
  gamma?: Tensor,
  beta?: Tensor,
): [y: Tensor, stats: Tensor] | undefined {
  return fused(FORWARD, [x, gamma, beta], attributes(plan, gamma, beta)) as [Tensor, Tensor] | undefined;
}

export function apply(plan: Plan, x: Tensor, stats: Tensor, gamma?: Tensor, beta?: Tensor): Tensor {
  const y = fused(APPLY, [stats, x, gamma, beta], attributes(plan, gamma, beta)) as Tensor | undefined;
  return y ?? composed.apply(plan, x, stats, gamma, beta);
}

export function backward(
  plan: Plan,
  dy: Tensor,
  x: Tensor,
  stats: Tensor,
  gamma: Tensor | undefined,
  frozenStats: boolean,
): Gradients {
  // Inside another gradient the result must be differentiable again, which the fused kernel's is not.
  const gradients = isRecording()
    ? undefined
    : fused(BACKWARD, [dy, x, stats, gamma], { ...attributes(plan, gamma), frozenStats });
  if (gradients) return gradients as Gradients;
  if (frozenStats) return composed.applyBackward(plan, dy, x, stats, gamma);
  const [dx, dgamma, dbeta] = composed.backward(plan, dy, x, gamma);
  return [dx, dgamma, dbeta];
}

/** A row of what a fused kernel made: 0 the mean, 1 the variance. */
export function rowOf(stats: Tensor, row: StatisticAttributes['row']): Tensor {
  const { backendName } = tf.engine();
  if (tf.getKernel(STATISTIC, backendName)) {
    return tf.engine().runKernel(STATISTIC, [stats] as unknown as NamedTensorMap, { row });
  }
  const segments = stats.shape[1] ?? 0;
  return tf.reshape(tf.slice(stats, [row, 0], [1, segments]), [segments]);
}

function attributes(plan: Plan, gamma?: Tensor, beta?: Tensor): KernelAttributes {
  return { plan, hasGamma: gamma !== undefined, hasBeta: beta !== undefined, frozenStats: false };
}

function fused(kernelName: string, inputs: readonly (Tensor | undefined)[], attrs: KernelAttributes): unknown {
  const engine = tf.engine();
  // Asked for first: the engine sets its backend up, and knows its name, when somebody wants it.
  const { backend } = engine;
  const kernel = tf.getKernel(kernelName, engine.backendName) as NormKernelConfig | undefined;
  if (!kernel || kernel.gaps.some((gap) => gap.covers(attrs.plan, backend))) return undefined;
  try {
    const given = inputs.filter((input) => input !== undefined);
    return engine.runKernel(kernelName, given as unknown as NamedTensorMap, attrs as unknown as NamedAttrMap);
  } catch (error) {
    // By name, so that a second copy of this module is understood too.
    if (error instanceof Error && error.name === 'CapabilityGap') return undefined;
    throw error;
  }
}

function isRecording(): boolean {
  return tf.engine().state.gradientDepth > 0;
}
