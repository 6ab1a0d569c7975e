import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { coreLayouts, normCase, valuesOf } from '../cases.ts';
import { applyNorm, parameterTensors } from '../check.ts';
import { askOracle } from '../oracle.ts';
import { Random } from '../seeded.ts';
import { describeLayout, expectNear, read, tensorOf } from './read.ts';

export async function secondDerivative(): Promise<void> {
  for (const layout of coreLayouts()) {
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
