import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { type AxisRole, channel, feature, normOver, position, sample } from './any-axes.ts';
import { describeOn } from './available.ts';
import { expectNear, expectSame, read } from './properties/read.ts';
import type { KernelsUnderTest, TestRunner } from './suite.ts';

/** How segments may lie. The last axes have gamma and beta of their own. */
const layouts: readonly (readonly [name: string, shape: readonly number[], roles: readonly AxisRole[]])[] = [
  ['rows', [3, 40], [sample, feature]],
  ['a row in parts', [1, 20000], [sample, feature]],
  ['columns', [700, 8], [position, channel]],
  ['short runs', [2, 300, 3, 4], [sample, position, channel, feature]],
  ['short runs of an odd number', [2, 300, 3, 3], [sample, position, channel, feature]],
  ['an odd plane', [1, 7, 7], [sample, feature, feature]],
];

/**
 * What kernels of float32 statistics do with numbers that composed norms cannot take: whose squares float32 does not hold,
 * and whose mean is 10,000 deviations.
 */
export async function describeFarNumbers(target: KernelsUnderTest, runner: TestRunner): Promise<void> {
  await describeOn(target, 'far numbers', runner, (it) => {
    for (const [name, shape, roles] of layouts) {
      const size = shape.reduce((product, extent) => product * extent, 1);
      const parameters = shape.filter((_, axis) => roles[axis]?.ownAffine);
      const count = parameters.reduce((product, extent) => product * extent, 1);
      const betas = Float32Array.from({ length: count }, (_, index) => 1 + index / count);
      const wanted = Float32Array.from({ length: size }, (_, index) => betas[index % count] ?? 0);
      const norm = (values: Float32Array, beta = betas): Tensor =>
        normOver(roles)(tf.tensor(values, [...shape]), { beta: tf.tensor(beta, parameters) });
      const valuesOf = (value: (index: number) => number) =>
        Float32Array.from({ length: size }, (_, index) => value(index));

      it(`${name}: where float32 cannot hold the squares, y is beta, not NaN`, async () => {
        const half = size / (shape[0] ?? 1) / 2;
        for (const isPositive of [(i: number) => i % 3 === 0, (i: number) => i % (2 * half) < half]) {
          for (const scale of [1e20, 1.7e38]) {
            const y = await read(() => norm(valuesOf((index) => (isPositive(index) ? scale : -scale))));
            expectNear('y', y, wanted, () => 1e-6);
          }
        }
      });

      it(`${name}: with a mean of 10,000 deviations keep five digits of each`, async () => {
        const noise = (await read(() => tf.randomNormal([size], 0, 1, 'float32', 5))).map((value) => value + 1e4);
        const none = new Float32Array(count);
        const near = await read(() =>
          norm(
            noise.map((value) => value - 1e4),
            none,
          ),
        );
        expectNear('y', await read(() => norm(noise, none)), near, () => 1e-5);
      });

      it(`${name}: of one value give exactly beta`, async () => {
        expectSame('y', await read(() => norm(valuesOf(() => 0.7))), wanted);
      });
    }
  });
}
