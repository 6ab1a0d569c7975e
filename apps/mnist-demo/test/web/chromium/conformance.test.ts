import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { drawDigits } from '../../../src/data/strokes/digits.ts';
import { NORMS, type NormName } from '../../../src/tutorial/norm-names.ts';
import { DEFAULTS } from '../../../src/tutorial/settings.ts';
import { Trainer } from '../../../src/tutorial/trainer.ts';
import { type BackendName, useBackend } from '../../../src/web/worker/backends.ts';

const STEPS = 20;
/** Relative. Sums in another order, float32 between the layers, and twenty steps of Adam: 3e-6 was measured. */
const TOLERANCE = 2e-5;
const digits = drawDigits(80, 'train');
const settings = { ...DEFAULTS, samples: 80, batchSize: 4 };

/** What a step can run on: a backend with normkit's kernels, or wasm without them. */
const WAYS: Record<string, () => Promise<void>> = {
  wasm: () => useWithKernels('wasm'),
  cpu: () => useWithKernels('cpu'),
  'composed on wasm': async () => {
    await useWithKernels('wasm');
    takeKernels();
  },
};

/** Kernels that were taken from wasm. */
let taken: tf.KernelConfig[] = [];

async function useWithKernels(backend: BackendName): Promise<void> {
  for (const kernel of taken) tf.registerKernel(kernel);
  taken = [];
  await useBackend(backend);
}

function takeKernels(): void {
  taken = tf.getKernelsForBackend('wasm').filter(({ kernelName }) => kernelName.startsWith('Normkit'));
  for (const { kernelName } of taken) tf.unregisterKernel(kernelName, 'wasm');
}

/** The losses of a run whose steps take turns on these ways. */
async function lossesOn(ways: readonly string[], norm: NormName): Promise<number[]> {
  const open = (step: number) => WAYS[ways[step % ways.length] ?? '']?.() ?? Promise.reject(new Error('no such way'));
  await open(0);
  const trainer = new Trainer({ ...settings, norm }, digits);
  const losses: number[] = [];
  while (losses.length < STEPS) {
    if (ways.length > 1) await trainer.moveTo(() => open(losses.length));
    losses.push((await trainer.step()).loss);
  }
  trainer.dispose();
  return losses;
}

describe.each(NORMS)('twenty steps with norm %s from one seed, in Chromium', (norm) => {
  let expected: number[];
  beforeAll(async () => {
    expected = await lossesOn(['wasm'], norm);
  });

  it.each([
    ['on cpu', ['cpu']],
    ['composed of TensorFlow.js operations', ['composed on wasm']],
    ['on another backend at every step', ['wasm', 'cpu', 'composed on wasm']],
  ] as const)('%s give the losses of wasm', async (_, ways) => {
    const received = await lossesOn(ways, norm);
    const differences = received.map((loss, step) => Math.abs(loss / (expected[step] ?? Number.NaN) - 1));
    expect(differences).toHaveLength(STEPS);
    expect(Math.max(...differences)).toBeLessThan(TOLERANCE);
  });
});
