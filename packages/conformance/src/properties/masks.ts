import { normTraits } from '@normkit/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { feature, normOver, position, rowNorm, sample } from '../any-axes.ts';
import { coreLayouts, normCase, type Precision, valuesOf } from '../cases.ts';
import { applyNorm, parameterTensors } from '../check.ts';
import { tolerances } from '../compare.ts';
import { askOracle, type OracleQuestion } from '../oracle.ts';
import { Random } from '../seeded.ts';
import { testedNorm } from '../tested-norms.ts';
import { at, describeLayout, expectNear, expectSame, read, tensorOf } from './read.ts';

export async function masks(precision: Precision): Promise<void> {
  for (const layout of coreLayouts()) {
    const values = valuesOf(normCase(layout, 'normal', true, testedNorm(layout).hasBeta));
    const random = new Random(describeLayout(layout));
    const weights = Float32Array.from(values.x, () => Math.max(0, 1.4 * random.uniform() - 0.4));
    const question: OracleQuestion = { ...layout, ...values, epsilon: 1e-3, weights };
    const answer = askOracle(question);
    const parameters = () => parameterTensors(layout, values);
    const f = (x: Tensor, mask: Tensor) => applyNorm(layout, 1e-3, x, { ...parameters(), mask });
    const results = await read(() => {
      const { value, grads } = tf.valueAndGrads(f)(
        [tensorOf(layout, values.x), tensorOf(layout, weights)],
        tensorOf(layout, values.dy),
      );
      return tf.stack([value, ...grads]);
    });
    const size = values.x.length;
    // Composed on most backends: the tolerance is that of float32 statistics there.
    const fused = normTraits(tf.getBackend())?.extras?.includes('weights');
    const allowed = tolerances(answer, fused ? at(precision, layout) : 'float32');
    expectNear(`masked y of ${describeLayout(layout)}`, results.subarray(0, size), answer.y, allowed.y);
    const along = new Random('along').normals(size);
    const slopeBy = (name: 'x' | 'weights') => {
      const loss = (sign: number) => {
        const moved = Float64Array.from(
          question[name] ?? [],
          (v, i) => v + sign * 1e-6 * (along[i] ?? 0) * (name === 'weights' && v === 0 ? 0 : 1),
        );
        return askOracle({ ...question, [name]: moved }).y.reduce((sum, y, i) => sum + y * (values.dy[i] ?? 0), 0);
      };
      return (loss(1) - loss(-1)) / 2e-6;
    };
    const project = (part: Float32Array, moves: (i: number) => boolean) =>
      part.reduce((sum, d, i) => sum + (moves(i) ? d * (along[i] ?? 0) : 0), 0);
    const received = [
      project(results.subarray(size, 2 * size), () => true),
      project(results.subarray(2 * size), (i) => weights[i] !== 0),
    ];
    expectNear(
      `gradients for x and mask of ${describeLayout(layout)}`,
      received,
      [slopeBy('x'), slopeBy('weights')],
      () => 2e-4 * Math.sqrt(size),
    );
  }
  const boolean = await read(() =>
    rowNorm(tf.tensor2d([[1, 3, 100, Number.NaN]]), { mask: tf.tensor2d([[true, true, false, false]]), epsilon: 0 }),
  );
  expectNear('y with a boolean mask', boolean.subarray(0, 3), [-1, 1, 98], () =>
    precision === 'float64' ? 1e-4 : 1e-3,
  );
}

export async function fullMaskGivesBeta(): Promise<void> {
  const y = await read(() =>
    normOver([sample, position, feature])(tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]), {
      gamma: [2, 3],
      beta: [0.5, -0.25],
      mask: tf.tensor3d([1, 0], [2, 1, 1]),
    }),
  );
  expectSame('y of the masked sample', y.subarray(4), Float32Array.of(0.5, -0.25, 0.5, -0.25));
}
