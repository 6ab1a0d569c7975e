import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Norm } from './norms/definition.ts';
import { orderedAxes, type Plan, type PlanAxis } from './plan.ts';

/** From the input's shape and order to the plan's buffer, and back. */
export type BufferOrder = Record<'into' | 'back', (value: Tensor) => Tensor>;

/** TensorFlow.js adds two gradients of up to six axes on all backends, and no more on some. */
const MOST_AXES = 6;

/**
 * The two orders differ only where the axes are ordered anew. The shapes also differ where x has many axes: whatever
 * TensorFlow.js does with tensors in the buffer's order, as adding the gradients that y and the statistics pass on, it
 * does with few.
 */
export function bufferOrder({ shape, axes }: Pick<Norm, 'shape' | 'axes'>, { stats }: Plan): BufferOrder {
  const back = (value: Tensor) => tf.reshape(value, [...shape]);
  const few = (value: Tensor) => tf.reshape(value, [...stats]);
  if (orderedAxes(axes) === axes) {
    return shape.length <= MOST_AXES ? { into: (value) => value, back: (value) => value } : { into: few, back };
  }
  const steps = stepsOf(axes);
  return {
    into: (value) => few(steps.reduce((v, { extents, order }) => tf.transpose(tf.reshape(v, extents), order), value)),
    back: (value) => back(steps.reduceRight(undo, value)),
  };
}

/** One transposition of a buffer with these extents. */
interface Step {
  readonly extents: number[];
  readonly order: number[];
}

function undo(value: Tensor, { extents, order }: Step): Tensor {
  const moved = tf.reshape(
    value,
    order.map((index) => extents[index] ?? 1),
  );
  return tf.transpose(
    moved,
    order.map((_, index) => order.indexOf(index)),
  );
}

/** The axes with statistics of their own move to the front, by transpositions of at most six axes. */
function stepsOf(axes: readonly PlanAxis[]): Step[] {
  const steps: Step[] = [];
  for (let runs = runsOf(axes); runs.some(({ ownStats }, index) => ownStats && index > 0); ) {
    const moved = runs.slice(0, MOST_AXES - 1);
    const rest = runs.slice(moved.length);
    const order = [...moved.keys()].sort((a, b) => Number(moved[b]?.ownStats) - Number(moved[a]?.ownStats));
    const restSize = rest.reduce((product, { size }) => product * size, 1);
    steps.push({
      extents: [...moved.map(({ size }) => size), restSize],
      order: [...order, moved.length],
    });
    runs = runsOf([...order.flatMap((index) => moved[index] ?? []), ...rest]);
  }
  return steps;
}

type Run = Pick<PlanAxis, 'size' | 'ownStats'>;

/** Neighbours that stay neighbours move as one. */
function runsOf(axes: readonly Run[]): Run[] {
  const runs: Run[] = [];
  for (const { size, ownStats } of axes.filter((axis) => axis.size > 1)) {
    const last = runs.at(-1);
    if (last?.ownStats === ownStats) runs[runs.length - 1] = { size: last.size * size, ownStats };
    else runs.push({ size, ownStats });
  }
  return runs;
}
