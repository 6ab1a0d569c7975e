import '@normkit/backend-cpu';
import '@normkit/training/wasm';
import '@normkit/backend-wasm';
import '@tensorflow/tfjs-backend-wasm';
import { NORMS } from '@normkit/shelf/tutorial/norm-names';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawDigits } from '../src/data/strokes/digits.ts';
import { activationsOf } from '../src/tutorial/activations.ts';
import { DEFAULTS } from '../src/tutorial/settings.ts';
import { evaluate, Trainer } from '../src/tutorial/trainer.ts';

const train = drawDigits(200, 'train');
const settings = { ...DEFAULTS, samples: 160, epochs: 2, batchSize: 32 };

async function lossesOf(trainer: Trainer, steps: number): Promise<number[]> {
  const losses: number[] = [];
  while (losses.length < steps) losses.push((await trainer.step()).loss);
  return losses;
}

describe('a trainer', () => {
  beforeAll(async () => {
    await tf.setBackend('wasm');
  });

  it.each(NORMS)('learns with norm %s, evaluates, and leaves nothing behind', async (norm) => {
    const before = tf.memory().numTensors;
    const trainer = new Trainer({ ...settings, norm }, train);
    const losses = await lossesOf(trainer, trainer.totalSteps);
    expect(trainer.isDone).toBe(true);
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
    const { loss, accuracy } = await evaluate(trainer.model, train);
    expect(loss).toBeLessThan(losses[0] ?? 0);
    expect(accuracy).toBeGreaterThan(0.2);
    expect(await activationsOf(trainer.model, train)).toEqual(norm === 'none' ? undefined : expect.anything());
    trainer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('goes on from a checkpoint as if it had not stopped, in the middle of an epoch and on another trainer', async () => {
    const [whole, first, second] = [1, 2, 3].map(() => new Trainer(settings, train)) as [Trainer, Trainer, Trainer];
    const expected = await lossesOf(whole, 9);
    const begun = await lossesOf(first, 4);
    await second.restore(await first.checkpoint());
    expect([...begun, ...(await lossesOf(second, 5))]).toEqual(expected);
    for (const trainer of [whole, first, second]) trainer.dispose();
  });

  it('moves to another backend at every step, gives the same losses, and leaves nothing behind on either', async () => {
    const before = tf.memory().numTensors;
    const [staying, moving] = [new Trainer(settings, train), new Trainer(settings, train)];
    const expected = await lossesOf(staying, 5);
    staying.dispose();
    const received: number[] = [];
    for (const backend of ['cpu', 'wasm', 'cpu', 'wasm', 'cpu']) {
      await moving.moveTo(() => tf.setBackend(backend));
      received.push((await moving.step()).loss);
    }
    expect(tf.getBackend()).toBe('cpu');
    // Adam's powers of beta are computed anew, in another order; of 1 − 0.999ⁿ float32 then has four digits.
    for (const [step, loss] of received.entries()) expect(loss).toBeCloseTo(expected[step] ?? Number.NaN, 4);
    moving.dispose();
    expect(tf.memory().numTensors).toBe(before);
    await tf.setBackend('wasm');
  });
});
