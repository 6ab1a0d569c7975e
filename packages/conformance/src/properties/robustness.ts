import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { rowNorm } from '../any-axes.ts';
import { coreLayouts, type Layout, normCase, type Precision, valuesOf } from '../cases.ts';
import { applyNorm, parameterShape, parameterTensors } from '../check.ts';
import { firstDifference } from '../compare.ts';
import { channelAxisOf } from '../norms/definition.ts';
import { membership } from '../oracle.ts';
import { Random } from '../seeded.ts';
import { testedNorm } from '../tested-norms.ts';
import { at, describeLayout, expectSame, read, tensorOf } from './read.ts';

export async function constantGivesBeta(precision: Precision): Promise<void> {
  for (const layout of coreLayouts().filter((layout) => testedNorm(layout).useMean)) {
    for (const distribution of ['constant', 'constant, epsilon 0'] as const) {
      const values = valuesOf(normCase(layout, distribution), precision);
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
      const allowed = at(precision, layout) === 'float64' ? 0 : 1e-5;
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
  for (const layout of coreLayouts()) {
    const { withStats } = testedNorm(layout);
    if (!withStats) continue;
    const x = Float32Array.from(valuesOf(normCase(layout, 'normal', false, false)).x);
    const { segment, segments } = membership(layout);
    const where = x.length - 1;
    x[where] = poison;
    const results = await read(() => {
      const { mean, variance } = withStats(tensorOf(layout, x), { axis: layout.axis as number });
      return tf.concat([mean, variance]);
    });
    const wrong = results.findIndex((value, index) => Number.isFinite(value) === (index % segments === segment[where]));
    if (wrong >= 0)
      throw new Error(`${describeLayout(layout)} with a ${poison}: statistic ${wrong} is ${results[wrong]}`);
  }
}

export async function finiteStaysFinite(precision: Precision): Promise<void> {
  for (const layout of coreLayouts()) {
    const most = at(precision, layout) === 'float64' ? 3.4e38 : 1e18;
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
  for (const layout of emptyLayouts()) {
    const { op, withStats } = testedNorm(layout);
    const { axis, groups } = layout;
    const parameters = parameterShape(layout);
    const length = parameters.reduce((product, extent) => product * extent, 1);
    const given = Array.from({ length }, (_, index) => index + 1);
    const statisticsOfCall = withStats ? [{}, { mean: given, variance: given }] : [{}];
    for (const statistics of statisticsOfCall) {
      const options = { axis, ...(groups === undefined ? {} : { groups }), ...statistics };
      const run = (x: Tensor, gamma: Tensor) => op(x, { ...options, gamma } as never);
      const [x, gamma] = [tf.zeros([...layout.shape]), tf.ones(parameters)];
      const { value, grads } = tf.valueAndGrads(run)([x, gamma], tf.zeros([...layout.shape]));
      const [dx, dgamma] = grads as [Tensor, Tensor];
      for (const tensor of [value, dx]) {
        if (tensor.shape.join() === layout.shape.join()) continue;
        throw new Error(`y or dx of ${describeLayout(layout)} has shape [${tensor.shape}]`);
      }
      expectSame(
        `dgamma of ${describeLayout(layout)}`,
        (await dgamma.data()) as Float32Array,
        new Float32Array(length),
      );
      tf.dispose([x, gamma, value, grads]);
    }
  }
}

/** Each axis in turn without elements; of norms with groups of channels, the others. */
function emptyLayouts(): Layout[] {
  return coreLayouts().flatMap((layout) => {
    const channels = layout.groups === undefined ? -1 : channelAxisOf(layout);
    const axes = layout.shape.map((_, axis) => axis).filter((axis) => axis !== channels);
    return axes.map((axis) => ({ ...layout, shape: layout.shape.with(axis, 0) }));
  });
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
  const floats = await read(() => rowNorm(tf.tensor2d([[1, 0, 1, 1]]), { gamma: tf.tensor1d([1, 2, 3, 4]) }));
  const integers = await read(() =>
    rowNorm(tf.tensor2d([[1, 0, 1, 1]], [1, 4], 'int32'), { gamma: tf.tensor1d([1, 2, 3, 4], 'int32') }),
  );
  const booleans = await read(() =>
    rowNorm(tf.tensor2d([[true, false, true, true]], [1, 4], 'bool'), { gamma: [1, 2, 3, 4] }),
  );
  expectSame('y of integers', integers, floats);
  expectSame('y of booleans', booleans, floats);
}
