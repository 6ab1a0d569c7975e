import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type BufferOrder, bufferOrder, parameterOrder } from './buffer-order.ts';
import { apply, forward, forwardWithMoments } from './dispatch.ts';
import type { ForwardCall } from './kernels.ts';
import { spreadMask } from './mask.ts';
import type { Norm } from './norms/definition.ts';
import { orderOf, planOf } from './plan.ts';
import { reserveForMask } from './reserve.ts';

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
  const { call, order } = arrange(norm, operands);
  return order.back(forward(call));
}

/** Likewise, with the statistics, which cost a copy each. */
export function normalizeWithStats(norm: Norm, operands: Operands): Moments & { readonly y: Tensor } {
  if (operands.x.size === 0) return { y: empty(operands), ...noMoments(norm) };
  const { call, order } = arrange(norm, operands);
  const { y, ...moments } = forwardWithMoments(call);
  return { y: order.back(y), ...moments };
}

/** Normalizes with statistics that the caller gives, one per segment. */
export function normalizeWith(norm: Norm, operands: Operands, moments: Moments): Tensor {
  if (operands.x.size === 0) return empty({ ...operands, ...moments });
  const { call, order } = arrange(norm, { ...operands, mask: undefined });
  // Not tf.stack, which runs three kernels for the same.
  const stats = tf.reshape(tf.concat([moments.mean, moments.variance]), [2, moments.mean.size]);
  return order.back(apply({ ...call, stats }));
}

/** A call as the kernels have it: buffers in the plan's order. */
function arrange(
  norm: Norm,
  { x, gamma, beta, mask }: Operands,
): { readonly call: ForwardCall<Tensor>; readonly order: BufferOrder } {
  if (mask) reserveForMask(x);
  const moves = orderOf(norm.axes);
  const plan = planOf(norm, moves);
  const order = bufferOrder(norm, moves, plan.stats);
  const flat = parameterOrder(norm.axes, moves);
  const weights = mask && order.into(spreadMask(mask, x.shape));
  return { call: { plan, x: order.into(x), gamma: gamma && flat(gamma), beta: beta && flat(beta), weights }, order };
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
