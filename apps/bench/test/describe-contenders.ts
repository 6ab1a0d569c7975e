import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { Backend } from '../src/backends.ts';
import { contendersOn } from '../src/contenders.ts';
import { type Op, ourOp, stockLayerOp } from '../src/ops.ts';
import type { Shape } from '../src/shapes.ts';

const shapes: Shape[] = [
  { norm: 'layerNorm', shape: [3, 5, 7], axis: -1 },
  { norm: 'rmsNorm', shape: [3, 5, 7], axis: -1 },
  { norm: 'groupNorm', shape: [2, 3, 5, 6], axis: -1, groups: 3 },
  { norm: 'instanceNorm', shape: [2, 5, 3, 7], axis: 1 },
  { norm: 'batchNorm', shape: [2, 3, 5, 7], axis: -1 },
];

/** What an op computes on a backend, and which kernels it ran. */
async function outcome(backendName: string, makeOp: (shape: Shape) => Op, shape: Shape) {
  await tf.setBackend(backendName);
  const { run, inputs, dispose } = makeOp(shape);
  const dy = tf.linspace(-1, 1, inputs[0]?.size ?? 0).reshape(shape.shape.slice());
  const { kernelNames: kernels } = await tf.profile(() => tf.dispose(tf.tidy(() => run(...inputs))));
  const { value, grads } = tf.valueAndGrads(run)(inputs, dy);
  const values = await Promise.all([value, ...grads].map((tensor) => tensor.data()));
  tf.dispose([value, dy, ...grads]);
  dispose();
  return { values, kernels };
}

function expectClose(actual: ArrayLike<number>[], expected: ArrayLike<number>[]) {
  expect(actual.length).toBe(expected.length);
  for (const [index, values] of actual.entries()) {
    for (const [at, value] of Array.from(values).entries()) expect(value).toBeCloseTo(expected[index]?.[at] ?? NaN, 4);
  }
}

/** On each of these backends the contenders do the same. */
export function describeContenders(backends: readonly (readonly [name: string, backend: Backend])[]): void {
  const cases = backends.flatMap(([on, backend]) => shapes.map((shape) => ({ ...shape, on, backend })));

  describe.each(cases)('the contenders for $norm on $on', ({ on: _, backend, ...shape }) => {
    it('compute the same y and the same gradients', async () => {
      const ours = await outcome(backend.fused, ourOp, shape);
      expectClose((await outcome(backend.composed, ourOp, shape)).values, ours.values);
      const stock = contendersOn(backend).find(({ name }) => name === 'stock');
      expect(stock?.supports(shape, 'forward')).toBe(shape.norm === 'layerNorm' || shape.norm === 'batchNorm');
      if (stock?.supports(shape, 'forward'))
        expectClose((await outcome(backend.fused, stockLayerOp, shape)).values, ours.values);
    });

    it('run one kernel where fused, and only TensorFlow.js kernels where composed', async () => {
      const fused = await outcome(backend.fused, ourOp, shape);
      const composed = await outcome(backend.composed, ourOp, shape);
      const own = (name: string) => tf.getKernel(name, backend.composed) === undefined;
      expect(fused.kernels.filter(own)).toHaveLength(1);
      expect(composed.kernels.filter((name) => tf.getKernel(name, backend.fused) && own(name))).toEqual([]);
    });

    it('leave nothing behind', async () => {
      const before = tf.memory().numTensors;
      for (const { supports, prepare } of contendersOn(backend)) {
        if (!supports(shape, 'forward')) continue;
        for (const pass of ['forward', 'forward+backward'] as const) {
          const prepared = await prepare(shape, pass);
          await prepared.enter();
          const ready = tf.memory().numTensors;
          if ('run' in prepared) {
            await prepared.run();
            await prepared.finish?.();
          }
          expect(tf.memory().numTensors).toBe(ready);
          await prepared.dispose();
        }
      }
      expect(tf.memory().numTensors).toBe(before);
    });
  });

  describe.each(backends)('stock batch norm on %s', (_, backend) => {
    it('is no contender off the last axis, where TensorFlow.js computes something else', () => {
      const stock = contendersOn(backend).find(({ name }) => name === 'stock');
      expect(stock?.supports({ norm: 'batchNorm', shape: [2, 3, 5, 7], axis: 1 }, 'forward')).toBe(false);
      expect(stock?.supports({ norm: 'batchNorm', shape: [2, 3, 5, 7], axis: 3 }, 'forward')).toBe(true);
    });
  });
}
