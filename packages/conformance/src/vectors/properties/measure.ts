import { type NormKind, NormkitError } from '@normkit/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Layout, Precision } from '../../cases.ts';
import { firstDifference } from '../../compare.ts';
import { askOracle } from '../../oracle.ts';
import { testedNorm } from '../../tested-norms.ts';
import { sizeOf } from '../arrays.ts';
import type { Values } from '../data.ts';
import { runCall } from '../run.ts';

/** An assertion of another project's test suite; its name begins with the key of the source. */
export interface Property {
  readonly name: string;
  readonly check: (precision: Precision) => void | Promise<void>;
}

/** The values of what `run` returns; everything else that it made is disposed. */
export async function read(run: () => Tensor): Promise<Float32Array> {
  const result = tf.tidy(run);
  const values = (await result.data()) as Float32Array;
  result.dispose();
  return values;
}

/** Values with mean 0.7 and deviation 1.9, about: the same for the same seed, and no two alike. */
export function noise(size: number, seed = 1): Float32Array {
  let state = seed * 7919;
  // Knuth's multiplier; the sum of four uniform numbers is near enough to normal.
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
  return Float32Array.from({ length: size }, () => 0.7 + 3.3 * (uniform() + uniform() + uniform() + uniform() - 2));
}

export function noiseTensor(shape: readonly number[], seed = 1): Tensor {
  return tf.tensor(noise(sizeOf(shape), seed), [...shape]);
}

export function near(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number> | number,
  tolerance: number,
): void {
  const wanted = typeof expected === 'number' ? Float64Array.from(actual, () => expected) : expected;
  const difference = firstDifference(what, actual, wanted, () => tolerance);
  if (difference) throw new Error(difference);
}

export function differs(what: string, one: Float32Array, other: Float32Array): void {
  const distance = one.reduce((most, value, index) => Math.max(most, Math.abs(value - (other[index] ?? 0))), 0);
  if (!(distance > 1e-2)) throw new Error(`${what}: expected a difference, but the largest is ${distance}`);
}

/** Fails unless each set of elements that share statistics has this mean and variance. */
export function moments(layout: Layout, y: Float32Array, mean: number, variance: number, tolerance: number): void {
  const answer = askOracle({ ...layout, epsilon: 0, x: y });
  near(`mean of y, ${layout.kind} of [${layout.shape}]`, answer.mean, mean, tolerance);
  near(`variance of y, ${layout.kind} of [${layout.shape}]`, answer.variance, variance, tolerance);
}

/** Fails unless y and all gradients agree with the definition, within the numeric contract. */
export async function agrees(
  layout: Layout,
  epsilon: number,
  precision: Precision,
  { gamma = true, beta = testedNorm(layout).hasBeta } = {},
): Promise<void> {
  const { shape, axis, groups } = layout;
  const op = layout.kind as NormKind;
  const parameterShape = (typeof axis === 'number' ? [axis] : axis).map((a) => shape.at(a) ?? 1);
  const random = (of: readonly number[], seed: number): Values => ({
    shape: of,
    data: [...noise(sizeOf(of), seed)],
  });
  const inputs = {
    x: random(shape, 1),
    gamma: gamma ? random(parameterShape, 2) : undefined,
    beta: beta ? random(parameterShape, 3) : undefined,
  };
  const dy = random(shape, 4);
  const answer = askOracle({
    ...layout,
    epsilon,
    x: inputs.x.data,
    gamma: inputs.gamma?.data,
    beta: inputs.beta?.data,
    dy: dy.data,
  });
  const answered = (name: 'y' | 'dx' | 'dgamma' | 'dbeta', of: Values): Values => ({
    shape: of.shape,
    data: [...answer[name]],
  });
  const expected = {
    y: answered('y', inputs.x),
    dx: answered('dx', inputs.x),
    dgamma: inputs.gamma && answered('dgamma', inputs.gamma),
    dbeta: inputs.beta && answered('dbeta', inputs.beta),
  };
  const tolerance = { metric: 'contract' } as const;
  await runCall({ op, options: { axis, groups, epsilon }, inputs, upstream: dy, expected, tolerance }, precision);
}

/** Fails unless `run` throws a NormkitError about this argument. */
export function refuses(argument: string, run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (error instanceof NormkitError && error.argument === argument) return;
    throw error;
  }
  throw new Error(`expected a NormkitError about ${argument}, and nothing was thrown`);
}

/** Anything, as a caller without types would pass it. */
export function untyped<Expected>(value: unknown): Expected {
  return value as Expected;
}
