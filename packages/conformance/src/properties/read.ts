import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { precisionAt } from '../available.ts';
import type { Layout, Precision } from '../cases.ts';
import { firstDifference } from '../compare.ts';
import { testedNorm } from '../tested-norms.ts';

/** What may be asked of the norm of a layout. */
export function at(precision: Precision, layout: Layout): Precision {
  return precisionAt(precision, testedNorm(layout).op, layout.shape, layout);
}

/** A tensor of the layout's shape. */
export function tensorOf({ shape }: Layout, values: Float32Array): Tensor {
  return tf.tensor(values, [...shape]);
}

/** The values of what `run` makes; everything else that it made is disposed. */
export async function read(run: () => Tensor): Promise<Float32Array> {
  const result = tf.tidy(run);
  const values = (await result.data()) as Float32Array;
  result.dispose();
  return values;
}

/** The layout in one line, for messages. */
export function describeLayout({ kind, shape, axis, groups }: Layout): string {
  return `${kind} [${shape}] axis ${JSON.stringify(axis)}${groups === undefined ? '' : ` groups ${groups}`}`;
}

/** Throws with the first value that is further off than allowed. */
export function expectNear(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: (index: number) => number,
): void {
  const difference = firstDifference(what, actual, expected, tolerance);
  if (difference) throw new Error(difference);
}

/** Throws with the first value that is not exactly as expected. */
export function expectSame(what: string, actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expectNear(what, actual, expected, () => 0);
}
