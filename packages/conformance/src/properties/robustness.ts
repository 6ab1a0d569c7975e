import { batchNorm, batchNormWithStats, groupNorm, layerNorm, rmsNorm } from '@normkit/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { coreLayouts, normCase, type Precision, valuesOf } from '../cases.ts';
import { applyNorm, parameterTensors } from '../check.ts';
import { firstDifference } from '../compare.ts';
import { membership } from '../oracle.ts';
import { Random } from '../random.ts';
import { testedNorm } from '../tested-norms.ts';
import { describeLayout, expectSame, read, tensorOf } from './read.ts';

export async function constantGivesBeta(): Promise<void> {
  for (const layout of coreLayouts().filter((layout) => testedNorm(layout).useMean)) {
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

export async function staysInSegment(poison: number, precision: Precision): Promise<void> {
  for (const layout of coreLayouts()) {
    const values = valuesOf(normCase(layout, 'normal', true, testedNorm(layout).hasBeta));
    const { segment } = membership(layout);
    const size = segment.length;
    const run = (x: Float32Array) => {
      const parameters = parameterTensors(layout, values);
      const f = (input: Tensor) => applyNorm(layout, 1e-3, input, parameters);
      const { value, grad } = tf.valueAndGrad(f)(tensorOf(layout, x), tensorOf(layout, values.dy));
      return tf.stack([value, grad]);
    };
    const clean = await read(() => run(values.x));
    // An element is not like others where it is the first of its segment, or the last.
    for (const where of [0, Math.floor(size / 2), size - 1]) {
      const poisoned = Float32Array.from(values.x);
      poisoned[where] = poison;
      const dirty = await read(() => run(poisoned));
      const isOwn = (index: number) => segment[index % size] === segment[where];
      const outside = (results: Float32Array) => results.filter((_, index) => !isOwn(index));
      const allowed = precision === 'float64' ? 0 : 1e-5;
      const difference = firstDifference(
        `outside the segment of a ${poison}`,
        outside(dirty),
        outside(clean),
        () => allowed,
      );
      if (difference) throw new Error(`${describeLayout(layout)}: ${difference}`);
      // Without a mean an infinity makes 0 of the others.
      const isAlone = !testedNorm(layout).useMean && !Number.isNaN(poison);
      const spared = dirty
        .subarray(0, size)
        .findIndex((y, index) => (isAlone ? index === where : isOwn(index)) && !Number.isNaN(y));
      if (spared >= 0) {
        throw new Error(
          `${describeLayout(layout)}: y at ${spared} should be NaN for a ${poison} at ${where}. Got ${dirty[spared]}`,
        );
      }
    }
  }
}

/** A moving average must not take up a number that looks as if all were well. */
export async function poisonShowsInStatistics(poison: number): Promise<void> {
  for (const layout of coreLayouts().filter(({ kind }) => kind === 'batchNorm')) {
    const x = Float32Array.from(valuesOf(normCase(layout, 'normal', false, false)).x);
    const { segment, segments } = membership(layout);
    const where = x.length - 1;
    x[where] = poison;
    const results = await read(() => {
      const { mean, variance } = batchNormWithStats(tensorOf(layout, x), { axis: layout.axis as number });
      return tf.concat([mean, variance]);
    });
    const wrong = results.findIndex((value, index) => Number.isFinite(value) === (index % segments === segment[where]));
    if (wrong >= 0)
      throw new Error(`${describeLayout(layout)} with a ${poison}: statistic ${wrong} is ${results[wrong]}`);
  }
}

export async function finiteStaysFinite(precision: Precision): Promise<void> {
  const most = precision === 'float64' ? 3.4e38 : 1e18;
  for (const layout of coreLayouts()) {
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

export async function emptyGivesEmpty(): Promise<void> {
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

export async function sameBits(): Promise<void> {
  for (const layout of coreLayouts()) {
    const values = valuesOf(normCase(layout, 'mean 250', true, false));
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

export async function casts(): Promise<void> {
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
