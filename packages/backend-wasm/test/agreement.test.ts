import '@normkit/backend-cpu';
import '@normkit/backend-wasm';
import {
  applyNorm,
  askOracle,
  checkNormCase,
  firstDifference,
  type Layout,
  type NormCase,
  normCase,
  normCases,
  parameterTensors,
  valuesOf,
} from '@normkit/conformance';
import { batchNorm, layerNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import { openWasm } from './open-wasm.ts';

/** The distance of neighbouring float32 just above 1. */
const ULP = 2 ** -23;

it('cpu and wasm agree within 2 ulp of the terms, in every case', async () => {
  await openWasm();
  for (const normCase of normCases()) {
    const { name, layout, epsilon } = normCase;
    const values = valuesOf(normCase);
    const { yScale, dxScale } = askOracle({ ...layout, epsilon, ...values });
    const [cpu, wasm] = [await valueAndGrad('cpu', normCase), await valueAndGrad('wasm', normCase)];
    for (const [output, scale] of [
      ['y', yScale],
      ['dx', dxScale],
    ] as const) {
      const allowed = (index: number) => 2 * ULP * (scale[index] ?? 0) + 2 ** -149;
      expect(firstDifference(`${output} of ${name} on wasm`, wasm[output], cpu[output], allowed)).toBeUndefined();
    }
  }
});

it.each<Layout>([
  { kind: 'batchNorm', shape: [4, 4, 4, 3], axis: 3 },
  { kind: 'batchNorm', shape: [48, 63], axis: 1 },
  { kind: 'instanceNorm', shape: [2, 8, 8, 2], axis: 3 },
  { kind: 'groupNorm', shape: [3, 8, 8, 10], axis: 3, groups: 5 },
])('rows that are taken together: $kind $shape', checkOnWasm);

it('more bytes of segments than are gone through together', async () => {
  await openWasm();
  await tf.setBackend('wasm');
  const layout: Layout = { kind: 'batchNorm', shape: [2, 2, 2 ** 18 + 1], axis: 1 };
  await checkNormCase(normCase(layout, 'mean 0 or 1e4', true, true), 'float64');
});

it('one number far from four million others', async () => {
  await openWasm();
  const count = 2 ** 22;
  const [low, high] = [Math.fround(1000.371), Math.fround(1000.492)];
  const x = Float32Array.from({ length: count }, (_, index) => (index === 0 ? 0 : index % 2 === 0 ? low : high));
  // About `low`, where few digits are needed.
  const mean = ((high - low) * (count / 2) - low) / count;
  const squares = (count / 2 - 1) * mean ** 2 + (count / 2) * (high - low - mean) ** 2 + (low + mean) ** 2;
  for (const backend of ['cpu', 'wasm']) {
    await tf.setBackend(backend);
    const y = await layerNorm(x, { epsilon: 0 }).data();
    for (const [index, distance] of [-low - mean, high - low - mean, -mean].entries()) {
      const expected = distance / Math.sqrt(squares / count);
      expect(Math.abs((y[index] ?? NaN) / expected - 1)).toBeLessThan(8 * 2 ** -24);
    }
  }
});

it('a million equal numbers are not rounded to one side, in any channel', async () => {
  await openWasm();
  await tf.setBackend('wasm');
  const [low, high] = [Math.fround(1.4643021821975708), Math.fround(1.4758530855178833)];
  const [pixels, channels] = [21 * 225 * 225, 3];
  const x = Float32Array.from({ length: pixels * channels }, (_, index) =>
    Math.floor(index / channels) % 2 === 0 ? low : high,
  );
  const share = Math.floor(pixels / 2) / pixels;
  const expected = -Math.sqrt(share / (1 - share));
  const y = await batchNorm(tf.tensor(x, [21, 225, 225, channels]), { epsilon: 0 }).data();
  for (const value of y.subarray(0, channels)) expect(Math.abs(value / expected - 1)).toBeLessThan(8 * 2 ** -24);
});

it.each([1, 3])('gradients of numbers whose products float32 cannot hold, with %s channels', async (channels) => {
  await openWasm();
  const column = (values: number[]) => tf.tile(tf.tensor2d(values, [4, 1]), [1, channels]);
  const run = async (backend: string) => {
    await tf.setBackend(backend);
    return tf.tidy(() => {
      const [x, dy] = [tf.mul(column([1, 2, 4, 3]), 1e-12), tf.mul(column([-1, -1, 1, 1]), 1e-34)];
      const gradients = tf.grads((x, gamma) => batchNorm(x, { gamma, epsilon: 0 }))([x, tf.ones([channels])], dy);
      return gradients.flatMap((gradient) => [...gradient.dataSync()]);
    });
  };
  const [cpu, wasm] = [await run('cpu'), await run('wasm')];
  expect(wasm).toHaveLength(5 * channels);
  for (const [at, value] of wasm.entries()) expect(value / (cpu[at] ?? NaN)).toBeCloseTo(1, 5);
});

it.each([1, 3])('given statistics may be as far from x as float32 goes, with %s channels', async (channels) => {
  await openWasm();
  const run = async (backend: string) => {
    await tf.setBackend(backend);
    return tf.tidy(() => {
      const [mean, variance] = [tf.fill([channels], -3e38), tf.fill([channels], 1e29)];
      const { value, grad } = tf.valueAndGrad((x) => batchNorm(x, { mean, variance }))(tf.fill([5, channels], 3e38));
      return [...value.dataSync(), ...grad.dataSync()];
    });
  };
  const wasm = await run('wasm');
  expect(wasm.every(Number.isFinite)).toBe(true);
  expect(wasm).toEqual(await run('cpu'));
});

const distributionNames = ['normal', 'mean 1e4', 'mean 0 or 1e4', 'first far off', 'magnitude 1e30'] as const;

async function checkOnWasm(layout: Layout): Promise<void> {
  await openWasm();
  await tf.setBackend('wasm');
  for (const distribution of distributionNames) {
    await checkNormCase(normCase(layout, distribution, true, true), 'float64');
  }
}

async function valueAndGrad(backend: string, normCase: NormCase): Promise<{ y: Float32Array; dx: Float32Array }> {
  await tf.setBackend(backend);
  const { layout, epsilon } = normCase;
  const values = valuesOf(normCase);
  return tf.tidy(() => {
    const shape = [...layout.shape];
    const { value, grad } = tf.valueAndGrad((x) => applyNorm(layout, epsilon, x, parameterTensors(layout, values)))(
      tf.tensor(values.x, shape),
      tf.tensor(values.dy, shape),
    );
    return { y: value.dataSync() as Float32Array, dx: grad.dataSync() as Float32Array };
  });
}
