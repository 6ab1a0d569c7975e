import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type BufferOrder, bufferOrder } from './buffer-order.ts';
import * as composed from './composed.ts';
import { apply, fusedForward } from './dispatch.ts';
import { statistic } from './gradients.ts';
import { spreadMask } from './mask.ts';
import type { Norm } from './norms/definition.ts';
import { type Plan, planOf } from './plan.ts';

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

interface Normalized {
  readonly y: Tensor;
  /** Asked for, the statistics cost a slice each. */
  readonly moments: () => Moments;
}

/** Normalizes with the statistics of x itself. */
export function normalize(norm: Norm, operands: Operands): Tensor {
  return normalized(norm, operands).y;
}

/** Likewise, with the statistics, which cost a slice each. */
export function normalizeWithStats(norm: Norm, operands: Operands): Moments & { readonly y: Tensor } {
  const { y, moments } = normalized(norm, operands);
  return { y, ...moments() };
}

function normalized(norm: Norm, operands: Operands): Normalized {
  const { x, mask } = operands;
  if (x.size === 0) return { y: empty(operands), moments: () => noMoments(norm) };
  const { plan, order, gamma, beta } = arrange(norm, operands);
  const values = order.into(x);
  const fused = mask ? undefined : fusedForward(plan, values, gamma, beta);
  if (fused) {
    const [y, stats] = fused;
    return {
      y: order.back(y),
      moments: () => ({
        mean: statistic('mean', plan, values, stats),
        variance: statistic('variance', plan, values, stats),
      }),
    };
  }
  const weights = mask && order.into(spreadMask(mask, x.shape));
  const { y, mean, variance } = composed.forward(plan, values, gamma, beta, weights);
  return { y: order.back(y), moments: () => ({ mean, variance }) };
}

/** Normalizes with statistics that the caller gives, one per segment. */
export function normalizeWith(norm: Norm, operands: Operands, moments: Moments): Tensor {
  if (operands.x.size === 0) return empty({ ...operands, ...moments });
  const { plan, order, gamma, beta } = arrange(norm, operands);
  // Not tf.stack, which runs three kernels for the same.
  const stats = tf.reshape(tf.concat([moments.mean, moments.variance]), [2, moments.mean.size]);
  return order.back(apply(plan, order.into(operands.x), stats, gamma, beta));
}

function arrange(
  norm: Norm,
  { gamma, beta }: Operands,
): { plan: Plan; order: BufferOrder; gamma: Tensor | undefined; beta: Tensor | undefined } {
  const { axes } = norm;
  const planned = planOf(norm);
  return { plan: planned.plan, order: bufferOrder(norm.shape, axes, planned), gamma: flat(gamma), beta: flat(beta) };
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
