import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { rowNorm } from '../any-axes.ts';
import { coreLayouts, normCase, valuesOf } from '../cases.ts';
import { applyNorm, parameterTensors } from '../check.ts';
import { Random } from '../seeded.ts';
import { testedNorm } from '../tested-norms.ts';
import { describeLayout, expectNear, read, tensorOf } from './read.ts';

/** What stands for a missing value, in files of measurements too. */
const fills = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 9.969e36, -3.4e38];

/** An element of weight 0 reaches no other, forward or backward. */
export async function ignoredStaysAlone(): Promise<void> {
  for (const layout of coreLayouts()) {
    const values = valuesOf(normCase(layout, 'normal', true, testedNorm(layout).hasBeta));
    const random = new Random(`ignored of ${describeLayout(layout)}`);
    const where = 7;
    const weights = Float32Array.from(values.x, (_, index) =>
      index === where ? 0 : Math.max(0, random.uniform() - 0.2),
    );
    const dy = values.dy.map((value, index) => (index === where ? 0 : value));
    const run = (fill: number) =>
      read(() => {
        const { gamma, beta } = parameterTensors(layout, values);
        const names = ['mask', ...(gamma ? ['gamma'] : []), ...(beta ? ['beta'] : [])];
        const given = [tensorOf(layout, weights), ...[gamma, beta].filter((parameter) => parameter !== undefined)];
        const f = (input: Tensor, ...others: Tensor[]) =>
          applyNorm(layout, 1e-3, input, Object.fromEntries(others.map((tensor, index) => [names[index], tensor])));
        const x = tensorOf(
          layout,
          values.x.map((value, index) => (index === where ? fill : value)),
        );
        const { value, grads } = tf.valueAndGrads(f)([x, ...given], tensorOf(layout, dy));
        return tf.concat([value, ...grads].map((result) => tf.reshape(result, [-1])));
      });
    const size = dy.length;
    // y, and the gradient by the mask, of the element itself.
    const others = (results: Float32Array) =>
      results.map((value, index) => (index === where || index === where + 2 * size ? 0 : value));
    const clean = others(await run(0));
    for (const fill of fills) {
      const what = `y and gradients of ${describeLayout(layout)} beside an ignored ${fill}`;
      const results = await run(fill);
      // It is normalized all the same.
      if (Math.abs(results[where] ?? 0) < 1e30) throw new Error(`${what}: its own y is ${results[where]}`);
      expectNear(what, others(results), clean, (index) => 1e-5 * Math.max(1, Math.abs(clean[index] ?? 0)));
    }
  }
}

/** One element counts, and the others are so far off that x̂ times a sum is more than float32 holds. */
export async function oneCounts(): Promise<void> {
  for (const far of [1e10, 1e15, -1e18]) {
    const dx = await read(() =>
      tf.grad((x: Tensor) => rowNorm(x, { mask: [[1, 0, 0, 0, 0]], epsilon: 1e-14 }))(
        tf.tensor2d([[1, far, far, -far, far]]),
        tf.tensor2d([[1, 2, -3, 4, 0.5]]),
      ),
    );
    // The variance is 0: dy / √epsilon, of the counted element less the sum of all.
    expectNear(`dx where one counts and the others are ${far}`, dx, [-3.5e7, 2e7, -3e7, 4e7, 5e6], () => 400);
  }
}
