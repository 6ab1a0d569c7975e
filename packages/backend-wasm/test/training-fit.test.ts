import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { openWasm } from './open-wasm.ts';
import { layerTasks, lossTasks, optimizerTasks } from './training-models.ts';
import { lossesOf } from './training-tasks.ts';

beforeAll(async () => {
  await openWasm();
  await import('@normkit/backend-wasm/training');
});

describe.each([
  ['layer', layerTasks],
  ['loss', lossTasks],
  ['optimizer', optimizerTasks],
])('a model with the %s', (_, tasks) => {
  it.each(Object.keys(tasks))('%s trains on wasm as on cpu', async (name) => {
    const task = tasks[name];
    if (!task) throw new Error(`no task ${name}`);
    await tf.setBackend('cpu');
    const expected = await lossesOf(task);
    await tf.setBackend('wasm');
    const losses = await lossesOf(task);
    expect(losses).toHaveLength(expected.length);
    for (const [step, loss] of losses.entries()) {
      const wanted = expected[step] ?? Number.NaN;
      expect(Math.abs(loss - wanted)).toBeLessThanOrEqual(1e-4 * Math.max(1, Math.abs(wanted)));
    }
    // Training that does nothing would agree as well.
    expect(losses.at(-1)).not.toBe(losses[0]);
  });
});
