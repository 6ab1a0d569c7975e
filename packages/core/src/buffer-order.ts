import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Norm } from './norms/definition.ts';
import { ordered, type PlanAxis, type ToFront } from './plan.ts';
import type { View } from './view.ts';

/** From the input's shape and order to the plan's buffer, and back. */
export type BufferOrder = Record<'into' | 'back', (value: Tensor) => Tensor>;

/** TensorFlow.js adds two gradients of up to six axes on all backends, and no more on some. */
const MOST_AXES = 6;

/**
 * The two orders differ only where the axes are ordered anew. The shapes also differ where x has many axes: whatever
 * TensorFlow.js does with tensors in the buffer's order, as adding the gradients that y and the statistics pass on, it
 * does with few.
 */
export function bufferOrder(
  { shape, axes }: Pick<Norm, 'shape' | 'axes'>,
  moves: readonly ToFront[],
  extents: View,
): BufferOrder {
  const steps = stepsOf(axes, moves);
  const back = (value: Tensor) => tf.reshape(value, [...shape]);
  if (steps.length === 0 && shape.length <= MOST_AXES) return { into: (value) => value, back: (value) => value };
  return {
    into: (value) => tf.reshape(moved(value, steps), [...extents]),
    back: (value) => back(steps.reduceRight(undo, value)),
  };
}

/** gamma or beta as a vector, in the order in which the plan's buffer has the axes. */
export function parameterOrder(axes: readonly PlanAxis[], moves: readonly ToFront[]): (parameter: Tensor) => Tensor {
  if (moves.length === 0) return flat;
  const own = axes.filter(({ ownAffine }) => ownAffine);
  const steps = stepsOf(own, moves);
  return (parameter) => flat(moved(parameter, steps));
}

function flat(parameter: Tensor): Tensor {
  return parameter.rank === 1 ? parameter : tf.reshape(parameter, [parameter.size]);
}

/** One transposition of a buffer with these extents. */
interface Step {
  readonly extents: number[];
  readonly order: number[];
}

function moved(value: Tensor, steps: readonly Step[]): Tensor {
  return steps.reduce((v, { extents, order }) => tf.transpose(tf.reshape(v, extents), order), value);
}

function undo(value: Tensor, { extents, order }: Step): Tensor {
  const transposed = tf.reshape(
    value,
    order.map((index) => extents[index] ?? 1),
  );
  return tf.transpose(
    transposed,
    order.map((_, index) => order.indexOf(index)),
  );
}

/** The moves of an order, as transpositions of at most six axes. */
function stepsOf(axes: readonly PlanAxis[], moves: readonly ToFront[]): Step[] {
  return moves.flatMap((first, index) => stepsOfMove(ordered(axes, moves.slice(0, index)), first));
}

function stepsOfMove(axes: readonly PlanAxis[], first: ToFront): Step[] {
  const steps: Step[] = [];
  const all = axes.map((axis) => ({ size: axis.size, first: first(axis) }));
  for (let groups = neighboursOf(all); groups.some((run, index) => run.first && index > 0); ) {
    const some = groups.slice(0, MOST_AXES - 1);
    const rest = groups.slice(some.length);
    const order = [...some.keys()].sort((a, b) => Number(some[b]?.first) - Number(some[a]?.first));
    const restSize = rest.reduce((product, { size }) => product * size, 1);
    steps.push({ extents: [...some.map(({ size }) => size), restSize], order: [...order, some.length] });
    groups = neighboursOf([...order.flatMap((index) => some[index] ?? []), ...rest]);
  }
  return steps;
}

/** Neighbours that stay neighbours. */
interface Neighbours {
  readonly size: number;
  /** Whether they move to the front. */
  readonly first: boolean;
}

function neighboursOf(axes: readonly Neighbours[]): Neighbours[] {
  const groups: Neighbours[] = [];
  for (const { size, first } of axes.filter((axis) => axis.size > 1)) {
    const last = groups.at(-1);
    if (last?.first === first) groups[groups.length - 1] = { size: last.size * size, first };
    else groups.push({ size, first });
  }
  return groups;
}
