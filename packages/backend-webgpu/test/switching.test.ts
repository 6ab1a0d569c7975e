import '@normkit/backend-cpu';
import '@normkit/backend-wasm';
import '@normkit/backend-webgpu';
import { groupNorm, layerNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { beforeAll, expect, inject, it } from 'vitest';
import { openWebGPU } from './open-webgpu.ts';

beforeAll(async () => {
  const path = inject('wasmPath');
  if (path) setWasmPaths(path);
  await openWebGPU();
});

const gamma = [1, 2, 3, 4, 5, 6];

/** Two norms and what lies between, each on a backend of its own. */
async function through(backends: readonly [string, string, string, string]): Promise<number[]> {
  await tf.setBackend(backends[0]);
  const x = tf.randomNormal([3, 5, 6], 2, 3, 'float32', 11);
  await tf.setBackend(backends[1]);
  const first = groupNorm(x, { groups: 2, gamma });
  // Read, it has its values beside the device; to move it without would read the device in the middle of the program.
  await first.data();
  await tf.setBackend(backends[2]);
  const second = layerNorm(tf.mul(first, 2), { gamma });
  await tf.setBackend(backends[3]);
  const dx = tf.grad((v: tf.Tensor) => tf.mul(groupNorm(v, { groups: 3, gamma }), second))(x);
  return Array.from(await dx.data());
}

// Not from webgpu: what has not been read there TensorFlow.js cannot move in the middle of a function.
it.each([
  ['cpu', 'webgpu'],
  ['wasm', 'webgpu'],
  ['cpu', 'wasm'],
  ['wasm', 'cpu'],
] as const)('the gradient goes on where the backend changes after the norm, from %s to %s', async (from, to) => {
  for (const backend of [from, to]) await tf.setBackend(backend);
  const gradient = async (last: string) => {
    await tf.setBackend(from);
    const x = tf.randomNormal([3, 5, 6], 2, 3, 'float32', 11);
    const dx = tf.grad((v: tf.Tensor) => {
      const y = groupNorm(v, { groups: 2, gamma });
      void tf.setBackend(last);
      return tf.mul(y, gamma);
    })(x);
    return Array.from(await dx.data());
  };
  const expected = await gradient(from);
  for (const [index, value] of (await gradient(to)).entries()) expect(value).toBeCloseTo(expected[index] ?? 0, 5);
});

it('cpu, webgpu, wasm, webgpu: each takes over from the one before', async () => {
  const expected = await through(['cpu', 'cpu', 'cpu', 'cpu']);
  const received = await through(['cpu', 'webgpu', 'wasm', 'webgpu']);
  for (const [index, value] of expected.entries()) expect(received[index]).toBeCloseTo(value, 4);
});
