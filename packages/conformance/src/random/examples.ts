import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import type { Layout } from '../cases.ts';
import { parameterShape } from '../check.ts';
import { firstDifference } from '../compare.ts';
import type { TestedNorm } from '../norms/definition.ts';
import { membership } from '../oracle.ts';
import { Random } from '../seeded.ts';
import { testedNorms } from '../tested-norms.ts';

/** Small shapes of any rank, each norm with options that fit. */
const layouts: fc.Arbitrary<Layout> = fc
  .record({
    norm: fc.nat(),
    shape: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 2, maxLength: 5 }),
    pick: fc.nat(),
    several: fc.nat(),
  })
  .filter(({ shape }) => sizeOf(shape) <= 600)
  .map(({ norm, shape, pick, several }): Layout => {
    const norms = testedNorms();
    const chosen = norms[norm % norms.length] as TestedNorm;
    return { kind: chosen.op.definition.name, shape, ...chosen.optionsFor(shape, pick, several) };
  });

/** A norm of one layout, with values for each of its tensors. */
export interface Example {
  readonly layout: Layout;
  readonly x: Float32Array;
  readonly dy: Float32Array;
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
}

export const examples: fc.Arbitrary<Example> = fc
  .record({ layout: layouts, seed: fc.integer() })
  .map(({ layout, seed }) => ({ layout, ...randomValues(sizeOf(layout.shape), sizeOf(parameterShape(layout)), seed) }));

/** Normal values: as many as x has elements, and as gamma has. */
export function randomValues(size: number, parameters: number, seed: number): Omit<Example, 'layout'> {
  const random = new Random(`values ${seed}`);
  const [x, dy] = [random.normals(size), random.normals(size)];
  return { x, dy, gamma: random.normals(parameters), beta: random.normals(parameters) };
}

/** Whether no statistic is of elements of several samples. */
export function keepsSamplesApart(layout: Layout): boolean {
  const { segment } = membership(layout);
  const sample = segment.length / (layout.shape[0] ?? 1);
  const first = new Map<number, number>();
  return segment.every((key, index) => {
    const own = Math.floor(index / sample);
    if (!first.has(key)) first.set(key, own);
    return first.get(key) === own;
  });
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export async function read(run: () => tf.Tensor): Promise<Float32Array> {
  const result = tf.tidy(run);
  const values = await result.data();
  result.dispose();
  return values as Float32Array;
}

/** Throws where a value of around 1 is further off than `tolerance`. */
export function expectWithin(
  tolerance: number,
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
): void {
  const difference = firstDifference(
    what,
    actual,
    expected,
    (index) => tolerance * (1 + Math.abs(expected[index] ?? 0)),
  );
  if (difference) throw new Error(difference);
}
