import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { NormkitError } from '../errors.ts';
import { batchNorm, batchNormWithStats, groupNorm, layerNorm, rmsNorm } from '../ops.ts';
import { coreLayouts, type Layout, normCase, type Precision, valuesOf } from './cases.ts';
import { applyNorm, parameterTensors } from './check.ts';
import { firstDifference, tolerances } from './compare.ts';
import { askOracle, membership, type OracleQuestion } from './oracle.ts';
import { Random } from './random.ts';

/** What holds of every backend beside agreement with the definition. */
export const properties: readonly { readonly name: string; readonly check: (precision: Precision) => Promise<void> }[] =
  [
    { name: 'a constant segment gives exactly beta', check: constantGivesBeta },
    {
      name: 'a NaN stays in its segment, forward and backward',
      check: (precision) => staysInSegment(Number.NaN, precision),
    },
    {
      name: 'an infinity stays in its segment, forward and backward',
      check: (precision) => staysInSegment(Number.POSITIVE_INFINITY, precision),
    },
    { name: 'no finite input gives NaN', check: finiteStaysFinite },
    { name: 'an input without elements gives an output and gradients without elements', check: emptyGivesEmpty },
    { name: 'the same input gives the same bits', check: sameBits },
    { name: 'tensors and bytes return to where they were', check: nothingLeaks },
    { name: 'given statistics are used, and have gradients', check: givenStatistics },
    { name: 'the statistics of the batch are returned, and have gradients', check: batchStatistics },
    { name: 'gradients can be differentiated again', check: secondDerivative },
    { name: 'a mask weighs the statistics, and has a gradient', check: masks },
    { name: 'a fully masked segment gives exactly beta', check: fullMaskGivesBeta },
    { name: 'integers and booleans are cast', check: casts },
  ];

async function constantGivesBeta(): Promise<void> {
  for (const layout of coreLayouts.filter(({ kind }) => kind !== 'rmsNorm')) {
    for (const distribution of ['constant', 'constant, epsilon 0'] as const) {
      const values = valuesOf(normCase(layout, distribution));
      const { epsilon } = normCase(layout, distribution);
      const y = await read(() =>
        applyNorm(layout, epsilon, tensorOf(layout, values.x), parameterTensors(layout, values)),
      );
      const { parameter } = membership(layout);
      expectSame(
        `y of ${describeLayout(layout)}`,
        y,
        Float32Array.from(parameter, (p) => values.beta?.[p] ?? 0),
      );
    }
  }
}

async function staysInSegment(poison: number, precision: Precision): Promise<void> {
  for (const layout of coreLayouts) {
    const values = valuesOf(normCase(layout, 'normal', true, layout.kind !== 'rmsNorm'));
    const { segment } = membership(layout);
    const poisoned = Float32Array.from(values.x);
    const where = Math.floor(poisoned.length / 2);
    poisoned[where] = poison;
    const run = (x: Float32Array) => {
      const parameters = parameterTensors(layout, values);
      const f = (input: Tensor) => applyNorm(layout, 1e-3, input, parameters);
      const { value, grad } = tf.valueAndGrad(f)(tensorOf(layout, x), tensorOf(layout, values.dy));
      return tf.stack([value, grad]);
    };
    const [clean, dirty] = [await read(() => run(values.x)), await read(() => run(poisoned))];
    const outside = (results: Float32Array) =>
      results.filter((_, index) => segment[index % segment.length] !== segment[where]);
    const allowed = precision === 'float64' ? 0 : 1e-5;
    const difference = firstDifference(
      `outside the segment of a ${poison}`,
      outside(dirty),
      outside(clean),
      () => allowed,
    );
    if (difference) throw new Error(`${describeLayout(layout)}: ${difference}`);
    if (!Number.isNaN(dirty[where]))
      throw new Error(`${describeLayout(layout)}: y at a ${poison} should be NaN. Got ${dirty[where]}`);
  }
}

async function finiteStaysFinite(precision: Precision): Promise<void> {
  const most = precision === 'float64' ? 3.4e38 : 1e18;
  for (const layout of coreLayouts) {
    for (const scale of [most, 1e-30, 1e-44]) {
      const { segment } = membership(layout);
      const x = Float32Array.from(segment, (_, index) => (index % 3 === 0 ? scale : -scale));
      const random = new Random(describeLayout(layout));
      const dy = random.normals(x.length);
      const results = await read(() => {
        const { value, grad } = tf.valueAndGrad((input) => applyNorm(layout, 1e-3, input))(
          tensorOf(layout, x),
          tensorOf(layout, dy),
        );
        return tf.stack([value, grad]);
      });
      const bad = results.findIndex((result) => !Number.isFinite(result));
      if (bad >= 0) throw new Error(`${describeLayout(layout)} of ±${scale}: result ${bad} is ${results[bad]}`);
    }
  }
}

async function emptyGivesEmpty(): Promise<void> {
  const empty: { shape: number[]; run: (x: Tensor, gamma: Tensor) => Tensor; channels: number }[] = [
    { shape: [0, 5, 6], channels: 6, run: (x, gamma) => groupNorm(x, { groups: 3, gamma }) },
    { shape: [2, 0, 6], channels: 6, run: (x, gamma) => groupNorm(x, { groups: -1, gamma }) },
    { shape: [1, 0, 10], channels: 10, run: (x, gamma) => layerNorm(x, { gamma }) },
    { shape: [3, 0], channels: 0, run: (x, gamma) => rmsNorm(x, { gamma }) },
    { shape: [0, 4], channels: 4, run: (x, gamma) => batchNorm(x, { gamma }) },
    { shape: [0, 3], channels: 3, run: (x, gamma) => batchNorm(x, { gamma, mean: [1, 2, 3], variance: [1, 2, 3] }) },
  ];
  for (const { shape, run, channels } of empty) {
    const [x, gamma] = [tf.zeros(shape), tf.ones([channels])];
    const { value, grads } = tf.valueAndGrads(run)([x, gamma], tf.zeros(shape));
    const [dx, dgamma] = grads as [Tensor, Tensor];
    for (const [what, tensor] of [
      ['y', value],
      ['dx', dx],
    ] as const) {
      if (tensor.shape.join() !== shape.join()) throw new Error(`${what} of [${shape}] has shape [${tensor.shape}]`);
    }
    expectSame(`dgamma of [${shape}]`, (await dgamma.data()) as Float32Array, new Float32Array(channels));
    tf.dispose([x, gamma, value, grads]);
  }
}

async function sameBits(): Promise<void> {
  for (const layout of coreLayouts) {
    const values = valuesOf(normCase(layout, 'mean 1e2', true, false));
    const run = () =>
      read(() =>
        tf.grad((x) => applyNorm(layout, 1e-3, x, parameterTensors(layout, values)))(
          tensorOf(layout, values.x),
          tensorOf(layout, values.dy),
        ),
      );
    expectSame(`dx of ${describeLayout(layout)}`, await run(), await run());
  }
}

async function nothingLeaks(): Promise<void> {
  const before = counts();
  for (const layout of coreLayouts) {
    const values = valuesOf(normCase(layout, 'normal', true, layout.kind !== 'rmsNorm'));
    const given = [tensorOf(layout, values.x), ...Object.values(parameterTensors(layout, values))];
    const names = ['gamma', 'beta'];
    const f = (x: Tensor, ...parameters: Tensor[]) =>
      applyNorm(layout, 1e-3, x, Object.fromEntries(parameters.map((tensor, index) => [names[index], tensor])));
    const { value, grads } = tf.valueAndGrads(f)(given);
    const extra = tf.memory().numTensors - before.tensors - given.length - 1 - grads.length;
    if (extra !== 0) throw new Error(`${describeLayout(layout)} leaves ${extra} tensors beside its results`);
    expectThrows(() => applyNorm(layout, Number.NaN, given[0] as Tensor));
    tf.dispose([given, value, grads]);
  }
  const stats = batchNormWithStats(tf.tidy(() => tf.ones([2, 3])));
  if (tf.memory().numTensors !== before.tensors + 4)
    throw new Error('batchNormWithStats makes more tensors than it returns');
  tf.dispose(stats);
  const after = counts();
  // The input of the last call is still there: nothing above holds on to it, and nothing else may have changed.
  if (after.tensors !== before.tensors + 1 || after.bytes !== before.bytes + 24) {
    throw new Error(
      `before ${JSON.stringify(before)}, after ${JSON.stringify(after)}, with one tensor of 24 bytes expected to remain`,
    );
  }
}

async function givenStatistics(precision: Precision): Promise<void> {
  for (const layout of coreLayouts.filter(({ kind }) => kind === 'batchNorm')) {
    const values = valuesOf(normCase(layout, 'normal'));
    const random = new Random('given statistics');
    const channels = values.gamma?.length ?? 0;
    const mean = random.normals(channels);
    const variance = random.normals(channels).map((v) => 0.2 + v * v);
    const question: OracleQuestion = { ...layout, ...values, epsilon: 1e-3 };
    // The oracle numbers segments as they first appear, which for one channel axis is the order of the channels.
    const answer = askOracle({ ...question, frozen: { mean, variance } });
    const f = (x: Tensor, g: Tensor, b: Tensor, m: Tensor, v: Tensor) =>
      batchNorm(x, { axis: layout.axis as number, gamma: g, beta: b, mean: m, variance: v });
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
    const allowed = tolerances(answer, precision);
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
}

async function batchStatistics(precision: Precision): Promise<void> {
  for (const layout of coreLayouts.filter(({ kind }) => kind === 'batchNorm')) {
    const axis = layout.axis as number;
    const values = valuesOf(normCase(layout, 'mean 1e2', false, false));
    const answer = askOracle({ ...layout, ...values, epsilon: 1e-3 });
    const { segment, segments } = membership(layout);
    const [count, random] = [segment.length / segments, new Random('batch statistics')];
    const [dmean, dvariance] = [random.normals(segments), random.normals(segments)];
    const results = await read(() => {
      const { y, mean, variance } = batchNormWithStats(tensorOf(layout, values.x), { axis });
      return tf.concat([tf.reshape(y, [-1]), mean, variance]);
    });
    const size = values.x.length;
    expectNear('y', results.subarray(0, size), answer.y, tolerances(answer, precision).y);
    expectNear(
      'mean',
      results.subarray(size, size + segments),
      answer.mean,
      (s) => 1e-6 * Math.abs(answer.mean[s] ?? 0),
    );
    expectNear('variance', results.subarray(size + segments), answer.variance, (s) => 1e-5 * (answer.variance[s] ?? 0));
    const dx = await read(() =>
      tf.grad((x: Tensor) => {
        const { mean, variance } = batchNormWithStats(x, { axis });
        return tf.add(tf.sum(tf.mul(mean, tf.tensor1d(dmean))), tf.sum(tf.mul(variance, tf.tensor1d(dvariance))));
      })(tensorOf(layout, values.x)),
    );
    const expected = Float64Array.from(segment, (s, i) => {
      const deviation = (values.x[i] ?? 0) - (answer.mean[s] ?? 0);
      return ((dmean[s] ?? 0) + 2 * (dvariance[s] ?? 0) * deviation) / count;
    });
    expectNear('gradient of mean and variance', dx, expected, (i) => 2e-4 * (0.1 + Math.abs(expected[i] ?? 0)));
  }
}

async function secondDerivative(): Promise<void> {
  for (const layout of coreLayouts) {
    const values = valuesOf(normCase(layout, 'normal', true, false));
    const direction = new Random('direction').normals(values.x.length);
    const received = await read(() => {
      const parameters = parameterTensors(layout, values);
      const dx = (x: Tensor) =>
        tf.grad((input) => applyNorm(layout, 1e-3, input, parameters))(x, tensorOf(layout, values.dy));
      return tf.grad((x: Tensor) => tf.sum(tf.mul(dx(x), tensorOf(layout, direction))))(tensorOf(layout, values.x));
    });
    const step = 1e-5;
    const dxAt = (sign: number) =>
      askOracle({
        ...layout,
        ...values,
        epsilon: 1e-3,
        x: Float64Array.from(values.x, (v, i) => v + sign * step * (direction[i] ?? 0)),
      }).dx;
    const [ahead, behind] = [dxAt(1), dxAt(-1)];
    const expected = ahead.map((value, index) => (value - (behind[index] ?? 0)) / (2 * step));
    const largest = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expectNear(`second derivative of ${describeLayout(layout)}`, received, expected, () => 1e-4 * largest);
  }
}

async function masks(precision: Precision): Promise<void> {
  for (const layout of coreLayouts) {
    const values = valuesOf(normCase(layout, 'normal', true, layout.kind !== 'rmsNorm'));
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
    // Composed wherever it runs, so the tolerance is that of float32 statistics.
    expectNear(
      `masked y of ${describeLayout(layout)}`,
      results.subarray(0, size),
      answer.y,
      tolerances(answer, 'float32').y,
    );
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
    layerNorm(tf.tensor2d([[1, 3, 100, Number.NaN]]), { mask: tf.tensor2d([[true, true, false, false]]), epsilon: 0 }),
  );
  expectNear('y with a boolean mask', boolean.subarray(0, 3), [-1, 1, 98], () =>
    precision === 'float64' ? 1e-4 : 1e-3,
  );
}

async function fullMaskGivesBeta(): Promise<void> {
  const y = await read(() =>
    groupNorm(tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [2, 2, 2]), {
      groups: 1,
      gamma: [2, 3],
      beta: [0.5, -0.25],
      mask: tf.tensor3d([1, 0], [2, 1, 1]),
    }),
  );
  expectSame('y of the masked sample', y.subarray(4), Float32Array.of(0.5, -0.25, 0.5, -0.25));
}

async function casts(): Promise<void> {
  const floats = await read(() => layerNorm(tf.tensor2d([[1, 0, 1, 1]]), { gamma: tf.tensor1d([1, 2, 3, 4]) }));
  const integers = await read(() =>
    layerNorm(tf.tensor2d([[1, 0, 1, 1]], [1, 4], 'int32'), { gamma: tf.tensor1d([1, 2, 3, 4], 'int32') }),
  );
  const booleans = await read(() =>
    layerNorm(tf.tensor2d([[true, false, true, true]], [1, 4], 'bool'), { gamma: [1, 2, 3, 4] }),
  );
  expectSame('y of integers', integers, floats);
  expectSame('y of booleans', booleans, floats);
}

function tensorOf({ shape }: Layout, values: Float32Array): Tensor {
  return tf.tensor(values, [...shape]);
}

async function read(run: () => Tensor): Promise<Float32Array> {
  const result = tf.tidy(run);
  const values = (await result.data()) as Float32Array;
  result.dispose();
  return values;
}

function describeLayout({ kind, shape, axis, groups }: Layout): string {
  return `${kind} [${shape}] axis ${JSON.stringify(axis)}${groups === undefined ? '' : ` groups ${groups}`}`;
}

function counts(): { tensors: number; bytes: number } {
  const { numTensors, numBytes } = tf.memory();
  return { tensors: numTensors, bytes: numBytes };
}

function expectNear(
  what: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  tolerance: (index: number) => number,
): void {
  const difference = firstDifference(what, actual, expected, tolerance);
  if (difference) throw new Error(difference);
}

function expectSame(what: string, actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  expectNear(what, actual, expected, () => 0);
}

function expectThrows(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (error instanceof NormkitError) return;
    throw error;
  }
  throw new Error('expected a NormkitError, and nothing was thrown');
}
