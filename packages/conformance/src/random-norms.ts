import { batchNorm, groupNorm, instanceNorm, layerNorm, rmsNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs-core';
import * as fc from 'fast-check';
import { describeOn } from './available.ts';
import type { Layout } from './cases.ts';
import { applyNorm, parameterShape } from './check.ts';
import { firstDifference } from './compare.ts';
import type { TestedNorm } from './norms/definition.ts';
import { askOracle, membership } from './oracle.ts';
import type { KernelsUnderTest, TestRunner } from './suite.ts';
import { testedNorm, testedNorms } from './tested-norms.ts';

/** Small shapes of any rank, each norm with options that fit. */
const layouts: fc.Arbitrary<Layout> = fc
  .record({
    norm: fc.nat(),
    shape: fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 2, maxLength: 5 }),
    pick: fc.nat(),
    several: fc.nat(),
  })
  .filter(({ shape }) => shape.reduce((product, extent) => product * extent, 1) <= 600)
  .map(({ norm, shape, pick, several }): Layout => {
    const norms = testedNorms();
    const chosen = norms[norm % norms.length] as TestedNorm;
    return { kind: chosen.op.definition.name, shape, ...chosen.optionsFor(shape, pick, several) };
  });

/** Whether no statistic is of elements of several samples. */
function keepsSamplesApart(layout: Layout): boolean {
  const { segment } = membership(layout);
  const sample = segment.length / (layout.shape[0] ?? 1);
  const first = new Map<number, number>();
  return segment.every((key, index) => {
    const own = Math.floor(index / sample);
    if (!first.has(key)) first.set(key, own);
    return first.get(key) === own;
  });
}

const example = fc.record({ layout: layouts, seed: fc.integer() }).map(({ layout, seed }) => {
  const size = layout.shape.reduce((product, extent) => product * extent, 1);
  const parameters = parameterShape(layout).reduce((product, extent) => product * extent, 1);
  const values = (length: number, salt: number) =>
    Float32Array.from(tf.tidy(() => tf.randomNormal([Math.max(1, length)], 0, 1, 'float32', seed + salt).dataSync()));
  return { layout, x: values(size, 1), dy: values(size, 2), gamma: values(parameters, 3), beta: values(parameters, 4) };
});

/**
 * Properties of the norms themselves, over shapes that fast-check makes up, on the target's backend. `tolerance` is that
 * of values around 1.
 */
export async function describeRandomNorms(
  target: KernelsUnderTest,
  { tolerance, numRuns = 100 }: { readonly tolerance: number; readonly numRuns?: number },
  runner: TestRunner,
): Promise<void> {
  const check = (property: fc.IAsyncProperty<unknown>) => () => fc.assert(property, { numRuns });
  const read = async (run: () => tf.Tensor) => {
    const result = tf.tidy(run);
    const values = await result.data();
    result.dispose();
    return values as Float32Array;
  };
  const near = (what: string, actual: ArrayLike<number>, expected: ArrayLike<number>, allowed = tolerance) => {
    const difference = firstDifference(
      what,
      actual,
      expected,
      (index) => allowed * (1 + Math.abs(expected[index] ?? 0)),
    );
    if (difference) throw new Error(difference);
  };
  const norm = ({ layout }: { layout: Layout }, x: Float32Array, epsilon: number) =>
    read(() => applyNorm(layout, epsilon, tf.tensor(x, [...layout.shape])));

  await describeOn(target, 'properties of random norms', runner, (it) => {
    it(
      'shifting x changes nothing, but for RMS',
      check(
        fc.asyncProperty(example, fc.constantFrom(-8, 0.5, 16), async (given, shift) => {
          fc.pre(testedNorm(given.layout).useMean);
          // Sixteenths, so that the shifted values are exact and only the norm itself is tested.
          const x = given.x.map((value) => Math.round(value * 16) / 16);
          near(
            'y',
            await norm(
              given,
              x.map((value) => value + shift),
              1e-3,
            ),
            await norm(given, x, 1e-3),
            10 * tolerance,
          );
        }),
      ),
    );

    it(
      'scaling x changes nothing, where epsilon scales along',
      check(
        fc.asyncProperty(example, fc.constantFrom(0.125, 4, 1024), async (given, scale) => {
          const scaled = given.x.map((value) => value * scale);
          near('y', await norm(given, scaled, 1e-3 * scale * scale), await norm(given, given.x, 1e-3), 10 * tolerance);
        }),
      ),
    );

    it(
      'group norm of 1 group is layer norm of the sample, of C groups instance norm',
      check(
        fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 2, maxLength: 4 }), async (shape) => {
          const make = () => tf.randomNormal(shape, 1, 2, 'float32', 7);
          const sample = shape.map((_, axis) => axis).slice(1);
          near(
            'one group',
            await read(() => groupNorm(make(), { groups: 1 })),
            await read(() => layerNorm(make(), { axis: sample })),
          );
          near('C groups', await read(() => groupNorm(make(), { groups: -1 })), await read(() => instanceNorm(make())));
        }),
      ),
    );

    it(
      'instance norm of one sample is batch norm',
      check(
        fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 3 }), async (rest) => {
          const make = () => tf.randomNormal([1, ...rest], 1, 2, 'float32', 11);
          near('y', await read(() => instanceNorm(make())), await read(() => batchNorm(make())));
        }),
      ),
    );

    it(
      'permuting samples permutes the output',
      check(
        fc.asyncProperty(example, async (given) => {
          const { shape } = given.layout;
          fc.pre(keepsSamplesApart(given.layout));
          const flipped = await read(() =>
            tf.reverse(applyNorm(given.layout, 1e-3, tf.reverse(tf.tensor(given.x, [...shape]), 0)), 0),
          );
          near('y', flipped, await norm(given, given.x, 1e-3), 1e-30);
        }),
      ),
    );

    it(
      'the gradient is the limit of differences',
      check(
        fc.asyncProperty(example, async ({ layout, x, dy, gamma, beta }) => {
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
            const step = (sign: number) =>
              loss({ [name]: Float64Array.from(values, (value, index) => value + sign * 1e-5 * Math.cos(index)) });
            const slope = (step(1) - step(-1)) / 2e-5;
            const received = values.reduce(
              (sum, _, index) => sum + (gradients[start + index] ?? 0) * Math.cos(index),
              0,
            );
            near(`gradient for ${name}`, [received], [slope], 100 * tolerance);
            start += values.length;
          }
        }),
      ),
    );

    it(
      'rms norm of x and of −x differ in sign alone',
      check(
        fc.asyncProperty(example, async ({ x }) => {
          const [plus, minus] = [
            await read(() => rmsNorm(tf.tensor1d(x))),
            await read(() => rmsNorm(tf.neg(tf.tensor1d(x)))),
          ];
          near(
            'y',
            minus.map((value) => -value),
            plus,
            1e-30,
          );
        }),
      ),
    );
  });
}
