import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createContext, runInContext } from 'node:vm';
import { batchNorm, batchNormWithStats, groupNorm, layerNorm, NormkitError, rmsNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';

const require = createRequire(import.meta.url);
const bundle = require.resolve('@tensorflow/tfjs/dist/tf.min.js');

describe('a second copy of TensorFlow.js', () => {
  let other: typeof tf;

  beforeAll(async () => {
    // Every kernel is registered a second time, and TensorFlow.js says so.
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    other = require(bundle) as typeof tf;
    await other.setBackend('cpu');
    warn.mockRestore();
  });

  it('shares the engine: its tensors, in any argument, give what those of the first give', () => {
    expect(other.Tensor).not.toBe(tf.Tensor);
    const calls: ((t: typeof tf) => tf.Tensor)[] = [
      (t) => layerNorm(t.tensor2d([[1, 2, 4]]), { gamma: t.tensor1d([1, 2, 3]), beta: t.tensor1d([3, 2, 1]) }),
      (t) => groupNorm(t.tensor2d([[1, 2, 4, 9]]), { groups: 2, mask: t.tensor2d([[true, false, true, true]]) }),
      (t) => rmsNorm(t.variable(t.tensor2d([[1, 2, 4]])), { gamma: t.variable(t.ones([3])) }),
      (t) => batchNorm(t.tensor2d([[1, 2]]), { mean: t.tensor1d([1, 0]), variance: t.tensor1d([4, 0]) }),
      (t) => batchNormWithStats(t.tensor2d([[1], [2]], [2, 1], 'int32')).variance,
      (t) => t.grad((v) => t.mul(layerNorm(v, { mask: [[1, 1, 0.5]] }), t.tensor2d([[1, -2, 3]])))(t.ones([1, 3])),
    ];
    for (const call of calls) {
      expect(Array.from(tf.tidy(() => call(other)).dataSync())).toEqual(Array.from(tf.tidy(() => call(tf)).dataSync()));
    }
  });

  it('has symbolic tensors of a minified class, which are recognized', () => {
    const symbolic = other.input({ shape: [3] }) as unknown as tf.Tensor;
    for (const given of [symbolic, [symbolic]]) {
      expect(() => layerNorm(given as tf.Tensor)).toThrow(
        /Got SymbolicTensor( at \[0\])?, which stands for a layer's input: use layerNorm in the call method of a layer/,
      );
    }
  });
});

describe('a copy of TensorFlow.js with an engine of its own', () => {
  const page = { document: {}, navigator: {}, console: { ...console, warn: () => undefined } };
  const frame = createContext({ ...page, performance, setTimeout, TextEncoder, addEventListener: () => undefined });
  runInContext('globalThis.self = globalThis; globalThis.window = globalThis; globalThis.exports = undefined', frame);
  runInContext(readFileSync(bundle, 'utf8'), frame);
  const foreign = runInContext('tf.setBackend("cpu"); tf.tensor1d([1, 2, 3])', frame) as tf.Tensor1D;

  it('is named, with the cure, for any argument', () => {
    const x = tf.tensor2d([[1, 2, 4]]);
    const { numTensors } = tf.memory();
    const calls: [string, () => unknown][] = [
      ['x', () => layerNorm(foreign)],
      ['gamma', () => layerNorm(x, { gamma: foreign })],
      ['beta', () => layerNorm(x, { beta: foreign })],
      ['mask', () => layerNorm(x, { mask: foreign })],
      ['mean', () => batchNorm(x, { mean: foreign, variance: [1, 1, 1] })],
      ['variance', () => batchNorm(x, { mean: [1, 1, 1], variance: foreign })],
    ];
    for (const [argument, call] of calls) {
      expect(call).toThrow(NormkitError);
      expect(call).toThrow(`${argument} is a tensor of a second copy of TensorFlow.js, with an engine of its own`);
    }
    expect(tf.memory().numTensors).toBe(numTensors);
    x.dispose();
  });
});

it('what a kernel returns is a tensor too', () => {
  const { dataId, shape, dtype } = tf.tensor1d([1, 2, 4]);
  const { numTensors } = tf.memory();
  const y = layerNorm({ dataId, shape, dtype } as unknown as tf.Tensor);
  expect(Array.from(y.dataSync())).toEqual(Array.from(layerNorm([1, 2, 4]).dataSync()));
  expect(tf.memory().numTensors).toBe(numTensors + 2);
});
