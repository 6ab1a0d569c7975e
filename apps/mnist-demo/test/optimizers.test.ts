import '@normkit/backend-wasm';
import '@normkit/training/wasm';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawDigits } from '../src/data/strokes/digits.ts';
import { LEARNING_RATES, OPTIMIZERS } from '../src/tutorial/optimizer-names.ts';
import { DEFAULTS } from '../src/tutorial/settings.ts';
import { Trainer } from '../src/tutorial/trainer.ts';

const train = drawDigits(160, 'train');
const base = { ...DEFAULTS, samples: 160, epochs: 4, batchSize: 16 };

function trainerWith(optimizer: (typeof OPTIMIZERS)[number]): Trainer {
  return new Trainer({ ...base, optimizer, learningRate: LEARNING_RATES[optimizer] }, train);
}

async function lossesOf(trainer: Trainer, steps: number): Promise<number[]> {
  const losses: number[] = [];
  while (losses.length < steps) losses.push((await trainer.step()).loss);
  return losses;
}

describe.each(OPTIMIZERS)('with the optimizer %s and the learning rate that it has by default', (name) => {
  beforeAll(async () => {
    await tf.setBackend('wasm');
  });

  it('a trainer learns, and leaves nothing behind', async () => {
    const before = tf.memory().numTensors;
    const trainer = trainerWith(name);
    const losses = await lossesOf(trainer, trainer.totalSteps);
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(losses.slice(-10))).toBeLessThan(0.8 * mean(losses.slice(0, 10)));
    trainer.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('a checkpoint has all that the optimizer remembers: the steps after it are the same to the bit', async () => {
    const [whole, first, second] = [trainerWith(name), trainerWith(name), trainerWith(name)];
    const expected = await lossesOf(whole, 9);
    const begun = await lossesOf(first, 4);
    await second.restore(await first.checkpoint());
    expect([...begun, ...(await lossesOf(second, 5))]).toEqual(expected);
    for (const trainer of [whole, first, second]) trainer.dispose();
  });
});

it('a checkpoint of one optimizer is refused by a trainer with another', async () => {
  await tf.setBackend('wasm');
  const [one, other] = [trainerWith('adam'), trainerWith('rmsprop')];
  await one.step();
  await expect(other.restore(await one.checkpoint())).rejects.toThrow(
    'This checkpoint is of a run with the optimizer adam; the run to go on with has rmsprop.',
  );
  one.dispose();
  other.dispose();
});
