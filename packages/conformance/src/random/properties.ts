import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { applyNorm, parameterShape } from '../check.ts';
import { relations } from '../norms/relations.ts';
import { askOracle } from '../oracle.ts';
import { testedNorm } from '../tested-norms.ts';
import { type Example, examples, expectWithin, keepsSamplesApart, read } from './examples.ts';

/** A property of the norms themselves; `tolerance`: how far values around 1 may be off. */
export interface RandomProperty {
  readonly name: string;
  of(tolerance: number): fc.IAsyncProperty<unknown>;
}

export const randomProperties: readonly RandomProperty[] = [
  {
    name: 'shifting x changes nothing, but for norms without a mean',
    of: (tolerance) =>
      fc.asyncProperty(examples, fc.constantFrom(-8, 0.5, 16), async (given, shift) => {
        fc.pre(testedNorm(given.layout).useMean);
        // Sixteenths, so that the shifted values are exact and only the norm itself is tested.
        const x = given.x.map((value) => Math.round(value * 16) / 16);
        const shifted = x.map((value) => value + shift);
        expectWithin(10 * tolerance, 'y', await norm(given, shifted, 1e-3), await norm(given, x, 1e-3));
      }),
  },
  {
    name: 'scaling x changes nothing, where epsilon scales along',
    of: (tolerance) =>
      fc.asyncProperty(examples, fc.constantFrom(0.125, 4, 1024), async (given, scale) => {
        const scaled = given.x.map((value) => value * scale);
        const [y, unscaled] = [await norm(given, scaled, 1e-3 * scale * scale), await norm(given, given.x, 1e-3)];
        expectWithin(10 * tolerance, 'y', y, unscaled);
      }),
  },
  {
    name: 'permuting samples permutes the output',
    of: () =>
      fc.asyncProperty(examples, async (given) => {
        fc.pre(keepsSamplesApart(given.layout));
        const [samples = 1] = given.layout.shape;
        const y = reversed(await norm(given, reversed(given.x, samples), 1e-3), samples);
        expectWithin(1e-30, 'y', y, await norm(given, given.x, 1e-3));
      }),
  },
  {
    name: 'the gradient is the limit of differences',
    of: (tolerance) => fc.asyncProperty(examples, (example) => checkGradient(example, 100 * tolerance)),
  },
  {
    name: 'without a mean, the norms of x and of −x differ in sign alone',
    of: () =>
      fc.asyncProperty(examples, async (given) => {
        fc.pre(!testedNorm(given.layout).useMean);
        const opposite = await norm(
          given,
          given.x.map((value) => -value),
          1e-3,
        );
        expectWithin(
          1e-30,
          'y',
          opposite.map((value) => -value),
          await norm(given, given.x, 1e-3),
        );
      }),
  },
  ...relations.map(
    ({ name, shapeOf, one, other }): RandomProperty => ({
      name,
      of: (tolerance) =>
        fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }), async (extents) => {
          const make = () => tf.randomNormal(shapeOf(extents), 1, 2, 'float32', 7);
          expectWithin(tolerance, 'y', await read(() => one(make())), await read(() => other(make())));
        }),
    }),
  ),
];

function norm({ layout }: Example, x: Float32Array, epsilon: number): Promise<Float32Array> {
  return read(() => applyNorm(layout, epsilon, tf.tensor(x, [...layout.shape])));
}

/** The samples in reverse order. Not by tf.reverse, which not every backend can do at every rank. */
function reversed(values: Float32Array, samples: number): Float32Array {
  const size = values.length / samples;
  return values.map((_, index) => values[(samples - 1 - Math.floor(index / size)) * size + (index % size)] ?? 0);
}

/** Along one direction of each input: what the gradient says, and the difference of the oracle's loss. */
async function checkGradient({ layout, x, dy, gamma, beta }: Example, tolerance: number): Promise<void> {
  const parameters = testedNorm(layout).hasBeta ? { gamma, beta } : { gamma };
  const shapes = { x: [...layout.shape], gamma: parameterShape(layout), beta: parameterShape(layout) };
  const names = ['x', ...Object.keys(parameters)] as ('x' | 'gamma' | 'beta')[];
  const inputs = { x, gamma, beta };
  const gradients = await read(() => {
    const given = names.map((name) => tf.tensor(inputs[name], shapes[name]));
    const f = (first: tf.Tensor, ...rest: tf.Tensor[]) =>
      applyNorm(layout, 0.1, first, Object.fromEntries(rest.map((value, index) => [names[index + 1], value])));
    const all = tf.grads(f as (...args: tf.Tensor[]) => tf.Tensor)(given, tf.tensor(dy, shapes.x));
    return tf.concat(all.map((gradient) => tf.reshape(gradient, [-1])));
  });
  const loss = (changed: Partial<Record<'x' | 'gamma' | 'beta', Float64Array>>) =>
    askOracle({ ...layout, epsilon: 0.1, x, ...parameters, ...changed }).y.reduce(
      (sum, y, index) => sum + y * (dy[index] ?? 0),
      0,
    );
  let start = 0;
  for (const name of names) {
    const values = inputs[name];
    const moved = (by: number) => Float64Array.from(values, (value, index) => value + by * Math.cos(index));
    const slope = (loss({ [name]: moved(1e-5) }) - loss({ [name]: moved(-1e-5) })) / 2e-5;
    const received = values.reduce((sum, _, index) => sum + (gradients[start + index] ?? 0) * Math.cos(index), 0);
    expectWithin(tolerance, `gradient for ${name}`, [received], [slope]);
    start += values.length;
  }
}
