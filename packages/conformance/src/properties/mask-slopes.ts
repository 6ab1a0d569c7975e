import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { coreLayouts, type Layout, normCase, valuesOf } from '../cases.ts';
import { applyNorm, parameterShape } from '../check.ts';
import type { TestedNorm } from '../norms/definition.ts';
import { askOracle, type OracleQuestion } from '../oracle.ts';
import { Random } from '../seeded.ts';
import { testedNorm } from '../tested-norms.ts';
import { describeLayout, expectNear, read } from './read.ts';

/** What a norm can be differentiated by. */
type Inputs = Partial<Record<'x' | 'gamma' | 'beta' | 'weights', Float32Array>>;
type Name = keyof Inputs;
/** A loss of the inputs twice: in double precision, and in TensorFlow.js's operations. */
interface Loss {
  readonly exact: (inputs: Record<string, ArrayLike<number>>) => number;
  readonly tensor: (inputs: Record<string, Tensor>) => Tensor;
}

/**
 * First and second gradients by x, gamma, beta and mask, of y and of the statistics, where two of five weights are 0, or so: the
 * statistics have a slope there as everywhere.
 */
export async function maskSlopes(): Promise<void> {
  for (const layout of coreLayouts()) {
    const values = valuesOf(normCase(layout, 'normal', true, testedNorm(layout).hasBeta));
    const random = new Random(`slopes of ${describeLayout(layout)}`);
    const weights = Float32Array.from(values.x, () => (random.uniform() < 0.4 ? 0 : 0.2 + random.uniform()));
    const { x, gamma, beta, dy } = values;
    const inputs: Inputs = { x, ...(gamma && { gamma }), ...(beta && { beta }), weights };
    await checkSlopes(`y of ${describeLayout(layout)}`, layout, inputs, lossOfOutput(layout, dy));
    const { withStats } = testedNorm(layout);
    if (!withStats) continue;
    const loss = lossOfStatistics(layout, withStats);
    await checkSlopes(`statistics of ${describeLayout(layout)}`, layout, { x, weights }, loss);
  }
}

/** Of squares, so that there are second derivatives in all combinations. */
function lossOfOutput(layout: Layout, dy: Float32Array): Loss {
  return {
    exact: (inputs) =>
      askOracle({ ...layout, ...(inputs as { x: Float64Array }), epsilon: 0.1 }).y.reduce(
        (sum, y, index) => sum + y * y * (dy[index] ?? 0),
        0,
      ),
    tensor: ({ x, weights, ...parameters }) =>
      tf.sum(
        tf.mul(
          tf.square(applyNorm(layout, 0.1, x as Tensor, { ...parameters, mask: weights as Tensor })),
          tf.tensor(dy, [...layout.shape]),
        ),
      ),
  };
}

function lossOfStatistics(layout: Layout, withStats: NonNullable<TestedNorm['withStats']>): Loss {
  return {
    exact: (inputs) => {
      const { mean, variance } = askOracle({ ...layout, ...inputs, epsilon: 0.1 } as OracleQuestion);
      return mean.reduce((sum, m, s) => sum + m * m * (variance[s] ?? 0), 0);
    },
    tensor: ({ x, weights }) => {
      const options = { axis: layout.axis as number, mask: weights as Tensor };
      const { mean, variance } = withStats(x as Tensor, options);
      return tf.sum(tf.mul(tf.square(mean), variance));
    },
  };
}

async function checkSlopes(what: string, layout: Layout, inputs: Inputs, loss: Loss): Promise<void> {
  const names = Object.keys(inputs) as Name[];
  const random = new Random(what);
  const first = names.map((name) => random.normals(inputs[name]?.length ?? 0));
  const second = names.map((name) => random.normals(inputs[name]?.length ?? 0));
  const shapeOf = (name: Name) => (name === 'gamma' || name === 'beta' ? parameterShape(layout) : [...layout.shape]);
  const tensors = (all: readonly (Float32Array | undefined)[]) =>
    all.map((values, index) => tf.tensor(values ?? [], shapeOf(names[index] as Name)));
  const named = (given: Tensor[]) => Object.fromEntries(names.map((name, index) => [name, given[index] as Tensor]));
  const gradients = (...given: Tensor[]) => tf.grads((...all) => loss.tensor(named(all)))(given);
  const along = (given: Tensor[], directions: Tensor[]) =>
    tf.addN(given.map((gradient, index) => tf.sum(tf.mul(gradient, directions[index] as Tensor))));
  const received = await read(() => {
    const given = tensors(names.map((name) => inputs[name]));
    const [a, b] = [tensors(first), tensors(second)];
    const slopes = gradients(...given).map((gradient, index) => tf.sum(tf.mul(gradient, b[index] as Tensor)));
    const bends = tf.grads((...all) => along(gradients(...all), a))(given);
    return tf.stack([...slopes, ...bends.map((gradient, index) => tf.sum(tf.mul(gradient, b[index] as Tensor)))]);
  });
  // Small beside the sum of a segment's weights, of which few may be left.
  const step = 1e-5;
  const lossAt = (all: number, one: number, moved: number) =>
    loss.exact(
      Object.fromEntries(
        names.map((name, index) => [
          name,
          Float64Array.from(
            inputs[name] ?? [],
            (v, i) =>
              v + step * (all * (first[index]?.[i] ?? 0) + (index === moved ? one * (second[index]?.[i] ?? 0) : 0)),
          ),
        ]),
      ),
    );
  const slopes = names.map((_, index) => (lossAt(0, 1, index) - lossAt(0, -1, index)) / (2 * step));
  const bends = names.map(
    (_, index) =>
      (lossAt(1, 1, index) - lossAt(1, -1, index) - lossAt(-1, 1, index) + lossAt(-1, -1, index)) / (4 * step * step),
  );
  const largest = Math.max(...slopes.map(Math.abs), ...bends.map(Math.abs));
  const labels = names.join(', ');
  expectNear(
    `slopes along and second derivatives by ${labels} of ${what}`,
    received,
    [...slopes, ...bends],
    () => 1e-4 * largest,
  );
}
