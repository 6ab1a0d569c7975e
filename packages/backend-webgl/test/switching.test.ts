import '@normkit/backend-cpu';
import '@normkit/backend-wasm';
import '@normkit/backend-webgpu';
import { groupNorm, layerNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import '@tensorflow/tfjs-backend-webgpu';
import { beforeAll, expect, inject, it } from 'vitest';
import { openWebGL } from './open-webgl.ts';

beforeAll(async () => {
  setWasmPaths(inject('wasmPath'));
  for (const backend of ['webgpu', 'wasm', 'cpu']) expect(await tf.setBackend(backend)).toBe(true);
  await openWebGL();
});

const gamma = [1, 2, 3, 4, 5, 6];

/** Norms and what lies between, each on the next of the backends; and the gradient of it all on the last. */
async function through(backends: readonly string[]): Promise<Float32Array> {
  const [first, ...others] = backends;
  await tf.setBackend(first as string);
  let x: tf.Tensor = tf.randomNormal([3, 5, 6], 2, 3, 'float32', 11);
  for (const [index, backend] of others.entries()) {
    await tf.setBackend(backend);
    x = tf.mul(index % 2 === 0 ? groupNorm(x, { groups: 2, gamma }) : layerNorm(x, { gamma }), 2);
    // What has not been read TensorFlow.js cannot move from webgpu in the middle of a function.
    await x.data();
  }
  return (await tf
    .grad((v: tf.Tensor) => tf.mul(groupNorm(v, { groups: 3, gamma }), x))(x)
    .data()) as Float32Array;
}

it('cpu, webgl, wasm, webgpu, webgl: each takes over from the one before', async () => {
  const expected = await through(['cpu', 'cpu', 'cpu', 'cpu', 'cpu']);
  const received = await through(['cpu', 'webgl', 'wasm', 'webgpu', 'webgl']);
  for (const [index, value] of expected.entries()) expect(received[index]).toBeCloseTo(value, 4);
});

it.each([
  ['cpu', 'webgl'],
  ['webgl', 'cpu'],
  ['webgl', 'wasm'],
  ['wasm', 'webgl'],
] as const)('the gradient goes on where the backend changes after the norm, from %s to %s', async (from, to) => {
  const gradient = async (last: string) => {
    await tf.setBackend(from);
    const x = tf.randomNormal([3, 5, 6], 2, 3, 'float32', 11);
    const dx = tf.grad((v: tf.Tensor) => {
      const y = groupNorm(v, { groups: 2, gamma });
      void tf.setBackend(last);
      return tf.mul(y, gamma);
    })(x);
    return (await dx.data()) as Float32Array;
  };
  const expected = await gradient(from);
  for (const [index, value] of (await gradient(to)).entries()) expect(value).toBeCloseTo(expected[index] ?? 0, 5);
});
