import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type BufferOrder, bufferOrder } from './buffer-order.ts';
import * as composed from './composed.ts';
import { apply, fusedForward } from './dispatch.ts';
import { statistic } from './gradients.ts';
import { spreadMask } from './mask.ts';
import type { Norm } from './norms/definition.ts';
import { type Plan, planOf } from './plan.ts';
import { reserve } from './reserve.ts';

/** Checked float32 tensors. */
export interface Operands {
  readonly x: Tensor;
  readonly gamma: Tensor | undefined;
  readonly beta: Tensor | undefined;
  /** Broadcasts to x. */
  readonly mask: Tensor | undefined;
}

/** One value per segment. */
export interface Moments {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** Normalizes with the statistics of x itself. */
export function normalize(norm: Norm, operands: Operands): Tensor {
  if (operands.x.size === 0) return empty(operands);
  const { plan, order, gamma, beta, values, weights } = arrange(norm, operands);
  const fused = weights ? undefined : fusedForward(plan, values, gamma, beta);
  return order.back(fused ? fused[0] : composed.forward(plan, values, gamma, beta, weights));
}

/** Likewise, with the statistics, which cost a copy each. */
export function normalizeWithStats(norm: Norm, operands: Operands): Moments & { readonly y: Tensor } {
  if (operands.x.size === 0) return { y: empty(operands), ...noMoments(norm) };
  const { plan, order, gamma, beta, values, weights } = arrange(norm, operands);
  const fused = weights ? undefined : fusedForward(plan, values, gamma, beta);
  if (!fused) {
    const { y, ...moments } = composed.forwardWithStats(plan, values, gamma, beta, weights);
    return { y: order.back(y), ...moments };
  }
  const [y, stats] = fused;
  return {
    y: order.back(y),
    mean: statistic('mean', plan, values, stats),
    variance: statistic('variance', plan, values, stats),
  };
}

/** Normalizes with statistics that the caller gives, one per segment. */
export function normalizeWith(norm: Norm, operands: Operands, moments: Moments): Tensor {
  if (operands.x.size === 0) return empty({ ...operands, ...moments });
  const { plan, order, gamma, beta, values } = arrange(norm, { ...operands, mask: undefined });
  // Not tf.stack, which runs three kernels for the same.
  const stats = tf.reshape(tf.concat([moments.mean, moments.variance]), [2, moments.mean.size]);
  return order.back(apply(plan, values, stats, gamma, beta));
}

/** A call as the kernels have it: buffers in the plan's order. */
interface Arranged {
  readonly plan: Plan;
  readonly order: BufferOrder;
  readonly values: Tensor;
  readonly gamma: Tensor | undefined;
  readonly beta: Tensor | undefined;
  readonly weights: Tensor | undefined;
}

function arrange(norm: Norm, { x, gamma, beta, mask }: Operands): Arranged {
  if (mask) reserve(x);
  const planned = planOf(norm);
  const order = bufferOrder(norm.shape, norm.axes, planned);
  return {
    plan: planned.plan,
    order,
    values: order.into(x),
    gamma: flat(gamma),
    beta: flat(beta),
    weights: mask && order.into(spreadMask(mask, x.shape)),
  };
}

function flat(parameter: Tensor | undefined): Tensor | undefined {
  return parameter && parameter.rank !== 1 ? tf.reshape(parameter, [parameter.size]) : parameter;
}

/** Without elements there is nothing to compute, but every operand has a gradient: 0. */
function empty(operands: Operands & Partial<Moments>): Tensor {
  const given = Object.values(operands).filter((operand): operand is Tensor => operand !== undefined);
  return tf.customGrad(() => ({
    value: tf.zeros(operands.x.shape),
    gradFunc: () => given.map((operand) => tf.zerosLike(operand)),
  }))(...given);
}

function noMoments({ parameterShape }: Norm): Moments {
  return { mean: tf.zeros([...parameterShape]), variance: tf.zeros([...parameterShape]) };
}

/** What the ops compute with. */
export function asFloat<T extends Tensor | undefined>(value: T): T {
  return (value === undefined || value.dtype === 'float32' ? value : tf.cast(value, 'float32')) as T;
}
