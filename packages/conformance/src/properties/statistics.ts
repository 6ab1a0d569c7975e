import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { coreLayouts, type Layout, normCase, type Precision, valuesOf } from '../cases.ts';
import { tolerances } from '../compare.ts';
import type { TestedNorm } from '../norms/definition.ts';
import { askOracle, membership, type OracleQuestion } from '../oracle.ts';
import { Random } from '../seeded.ts';
import { testedNorm } from '../tested-norms.ts';
import { at, describeLayout, expectNear, read, tensorOf } from './read.ts';

export async function givenStatistics(precision: Precision): Promise<void> {
  for (const layout of coreLayouts()) {
    const { op, withStats } = testedNorm(layout);
    if (withStats) await checkGiven(layout, op, precision);
  }
}

async function checkGiven(layout: Layout, op: TestedNorm['op'], precision: Precision): Promise<void> {
  const values = valuesOf(normCase(layout, 'normal'));
  const random = new Random('given statistics');
  const channels = values.gamma?.length ?? 0;
  const mean = random.normals(channels);
  const variance = random.normals(channels).map((v) => 0.2 + v * v);
  const question: OracleQuestion = { ...layout, ...values, epsilon: 1e-3 };
  // The oracle numbers segments as they first appear, which for one channel axis is the order of the channels.
  const answer = askOracle({ ...question, frozen: { mean, variance } });
  const f = (x: Tensor, g: Tensor, b: Tensor, m: Tensor, v: Tensor) =>
    op(x, { axis: layout.axis, gamma: g, beta: b, mean: m, variance: v } as never);
  const { gamma, beta } = values as { gamma: Float32Array; beta: Float32Array };
  const inputs = [
    tensorOf(layout, values.x),
    ...[gamma, beta, mean, variance].map((parameter) => tf.tensor1d(parameter)),
  ];
  const { value, grads } = tf.valueAndGrads(f as (...all: Tensor[]) => Tensor)(inputs, tensorOf(layout, values.dy));
  const [dx, dgamma, dbeta, dmean, dvariance] = (await Promise.all(grads.map((grad) => grad.data()))) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const allowed = tolerances(answer, at(precision, layout));
  const results = { y: (await value.data()) as Float32Array, dx, dgamma, dbeta };
  for (const [what, received] of Object.entries(results)) {
    const name = what as keyof typeof results;
    expectNear(`${what} of ${describeLayout(layout)}`, received, answer[name], allowed[name]);
  }
  const inverse = Float64Array.from(variance, (v) => 1 / Math.sqrt(v + 1e-3));
  const slope = (sums: Float64Array, factor: (p: number) => number) =>
    sums.map((sum, p) => sum * (gamma[p] ?? 0) * factor(p));
  const within = (sums: Float64Array, factor: (p: number) => number) => (p: number) =>
    4e-5 * Math.abs((sums[p] ?? 0) * (gamma[p] ?? 0) * factor(p));
  const [byMean, byVariance] = [(p: number) => -(inverse[p] ?? 0), (p: number) => -0.5 * (inverse[p] ?? 0) ** 2];
  expectNear('dmean', dmean, slope(answer.dbeta, byMean), within(answer.dbetaScale, byMean));
  expectNear('dvariance', dvariance, slope(answer.dgamma, byVariance), within(answer.dgammaScale, byVariance));
  tf.dispose([inputs, value, grads]);
}

export async function batchStatistics(precision: Precision): Promise<void> {
  for (const layout of coreLayouts()) {
    const { withStats } = testedNorm(layout);
    if (withStats) await checkReturned(layout, withStats, precision);
  }
}

async function checkReturned(
  layout: Layout,
  withStats: NonNullable<TestedNorm['withStats']>,
  precision: Precision,
): Promise<void> {
  const axis = layout.axis as number;
  const values = valuesOf(normCase(layout, 'mean 250', false, false));
  const answer = askOracle({ ...layout, ...values, epsilon: 1e-3 });
  const { segment, segments } = membership(layout);
  const [count, random] = [segment.length / segments, new Random('batch statistics')];
  const [dmean, dvariance] = [random.normals(segments), random.normals(segments)];
  const results = await read(() => {
    const { y, mean, variance } = withStats(tensorOf(layout, values.x), { axis });
    return tf.concat([tf.reshape(y, [-1]), mean, variance]);
  });
  const size = values.x.length;
  expectNear('y', results.subarray(0, size), answer.y, tolerances(answer, at(precision, layout)).y);
  expectNear('mean', results.subarray(size, size + segments), answer.mean, (s) => 1e-6 * Math.abs(answer.mean[s] ?? 0));
  expectNear('variance', results.subarray(size + segments), answer.variance, (s) => 1e-5 * (answer.variance[s] ?? 0));
  const dx = await read(() =>
    tf.grad((x: Tensor) => {
      const { mean, variance } = withStats(x, { axis });
      return tf.add(tf.sum(tf.mul(mean, tf.tensor1d(dmean))), tf.sum(tf.mul(variance, tf.tensor1d(dvariance))));
    })(tensorOf(layout, values.x)),
  );
  const expected = Float64Array.from(segment, (s, i) => {
    const deviation = (values.x[i] ?? 0) - (answer.mean[s] ?? 0);
    return ((dmean[s] ?? 0) + 2 * (dvariance[s] ?? 0) * deviation) / count;
  });
  expectNear('gradient of mean and variance', dx, expected, (i) => 2e-4 * (0.1 + Math.abs(expected[i] ?? 0)));
}
