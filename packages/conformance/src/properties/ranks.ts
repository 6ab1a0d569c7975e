import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import type { Layout } from '../cases.ts';
import { applyNorm } from '../check.ts';
import type { TestedNorm } from '../norms/definition.ts';
import { askOracle, membership } from '../oracle.ts';
import { Random } from '../seeded.ts';
import { testedNorms } from '../tested-norms.ts';
import { describeLayout, expectNear, read, tensorOf } from './read.ts';

const extents = [2, 3, 2, 2, 3, 2, 2, 2];

/** Every norm at every rank, over axes that no four extents can say and over those that they can. */
function layoutsOf(rank: number): Layout[] {
  const shape = extents.slice(0, rank);
  return testedNorms().flatMap(({ op, optionsOfRank }) =>
    (optionsOfRank?.(shape) ?? []).map((options) => ({ kind: op.definition.name, shape, ...options })),
  );
}

const everyOther = (axis: number) => axis % 2 === 0;

/** Along which axes a mask has one weight for all. */
const sharedAxes = [everyOther, (axis: number) => axis % 3 === 1, (axis: number, rank: number) => axis === rank - 1];

/** TensorFlow.js broadcasts and adds no more than six axes on some backends, and differentiates a tile of no more than four. */
export async function masksOfEveryRank(): Promise<void> {
  for (let rank = 1; rank <= 8; rank++) {
    for (const [index, layout] of layoutsOf(rank).entries()) {
      await checkMask(layout, sharedAxes[(rank + index) % sharedAxes.length] ?? everyOther);
    }
  }
}

async function checkMask(layout: Layout, isShared: (axis: number, rank: number) => boolean): Promise<void> {
  const { shape } = layout;
  const maskShape = shape.map((size, axis) => (isShared(axis, shape.length) ? 1 : size));
  const random = new Random(`${describeLayout(layout)} ${maskShape}`);
  const [x, dy] = [random.normals(sizeOf(shape)), random.normals(sizeOf(shape))];
  const mask = Float32Array.from({ length: sizeOf(maskShape) }, () => 0.1 + random.uniform());
  const [alongX, alongMask] = [random.normals(x.length), random.normals(mask.length)];
  const spread = (values: ArrayLike<number>) =>
    Float64Array.from(x, (_, i) => values[indexIn(i, shape, maskShape)] ?? 0);
  const results = await read(() => {
    const f = (input: Tensor, weights: Tensor) => applyNorm(layout, 0.1, input, { mask: weights });
    const given = [tensorOf(layout, x), tf.tensor(mask, maskShape)];
    const { value, grads } = tf.valueAndGrads(f)(given, tensorOf(layout, dy));
    const [dx, dmask] = grads.map((gradient) => tf.reshape(gradient, [-1])) as [Tensor, Tensor];
    return tf.concat([
      tf.reshape(value, [-1]),
      tf.reshape(tf.sum(tf.mul(dx, tf.tensor1d(alongX))), [1]),
      tf.reshape(tf.sum(tf.mul(dmask, tf.tensor1d(alongMask))), [1]),
    ]);
  });
  const question = { ...layout, epsilon: 0.1, x, weights: spread(mask) };
  const loss = (movedX: number, movedMask: number) =>
    askOracle({
      ...question,
      x: Float64Array.from(x, (v, i) => v + movedX * (alongX[i] ?? 0)),
      weights: spread(mask.length > 0 ? Float64Array.from(mask, (v, i) => v + movedMask * (alongMask[i] ?? 0)) : mask),
    }).y.reduce((sum, y, i) => sum + y * (dy[i] ?? 0), 0);
  const step = 1e-6;
  const slopes = [(loss(step, 0) - loss(-step, 0)) / (2 * step), (loss(0, step) - loss(0, -step)) / (2 * step)];
  const what = `${describeLayout(layout)} with a mask of [${maskShape}]: y, and slopes by x and mask`;
  expectNear(what, results, [...askOracle(question).y, ...slopes], (index) =>
    index < x.length ? 1e-4 : 2e-4 * Math.sqrt(x.length),
  );
}

/** y and a statistic in one loss: TensorFlow.js adds up what they pass on to x. */
export async function statisticsOfEveryRank(): Promise<void> {
  for (const { op, withStats } of testedNorms()) {
    if (!withStats) continue;
    for (let rank = 1; rank <= 8; rank++) {
      const layout = { kind: op.definition.name, shape: extents.slice(0, rank), axis: -1 };
      for (const isMasked of [false, true]) await checkStatistics(layout, withStats, isMasked);
    }
  }
}

async function checkStatistics(
  layout: Layout,
  withStats: NonNullable<TestedNorm['withStats']>,
  isMasked: boolean,
): Promise<void> {
  const random = new Random(describeLayout(layout));
  const size = sizeOf(layout.shape);
  const [x, dy] = [random.normals(size), random.normals(size)];
  const loss = (input: Tensor) => {
    const mask = isMasked ? { mask: tf.ones([...layout.shape]) } : {};
    const { y, mean, variance } = withStats(input, { epsilon: 0.1, ...mask });
    const ofOutput = tf.sum(tf.mul(tf.reshape(y, [-1]), tf.tensor1d(dy)));
    return tf.add(ofOutput, tf.add(tf.sum(mean), tf.sum(variance)));
  };
  const dx = await read(() => tf.reshape(tf.grad(loss)(tensorOf(layout, x)), [-1]));
  const answer = askOracle({ ...layout, epsilon: 0.1, x, dy });
  const { segment, segments } = membership(layout);
  const count = size / segments;
  const deviation = (i: number) => (x[i] ?? 0) - (answer.mean[segment[i] ?? 0] ?? 0);
  const expected = answer.dx.map((value, i) => value + (1 + 2 * deviation(i)) / count);
  const what = `dx of y, mean and variance of ${describeLayout(layout)}${isMasked ? ', masked' : ''}`;
  expectNear(what, dx, expected, () => 1e-4);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** The index in a mask that broadcasts, of an element of x. */
function indexIn(index: number, shape: readonly number[], maskShape: readonly number[]): number {
  let [rest, place, stride] = [index, 0, 1];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const [size, own] = [shape[axis] ?? 1, maskShape[axis] ?? 1];
    if (own > 1) place += (rest % size) * stride;
    stride *= own;
    rest = Math.floor(rest / size);
  }
  return place;
}
