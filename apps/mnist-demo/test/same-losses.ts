import type { BackendName } from '@normkit/shelf/backends';
import { tutorialModel } from '@normkit/shelf/tutorial/model';
import { NORMS } from '@normkit/shelf/tutorial/norm-names';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { drawDigits } from '../src/data/strokes/digits.ts';
import { LEARNING_RATES, OPTIMIZERS } from '../src/tutorial/optimizer-names.ts';
import { DEFAULTS, type Settings, stepsOf } from '../src/tutorial/settings.ts';
import { Trainer } from '../src/tutorial/trainer.ts';

export interface Place {
  readonly name: string;
  /** Those to compare with wasm. One that is not there is a failure. */
  readonly backends: readonly Exclude<BackendName, 'wasm'>[];
  useBackend(name: BackendName): Promise<void>;
}

/** Relative. Sums in another order, float32 between the layers, and twenty steps of Adam: 2e-6 was measured. */
const STAYING = 2e-5;
/** At each move Adam's powers of beta are computed anew, and of 1 − 0.999ⁿ float32 has four digits: 1.5e-5 was measured. */
const MOVING = 5e-5;
/**
 * Of the first dense layer, the tutorial's has 128. An adapter in software takes 0.3 s for a step like this, after 3 s in
 * which it compiles; with 128 it takes 1.7 s, most of them for that layer. The norm and its input are the tutorial's.
 */
const HIDDEN = 8;
const digits = drawDigits(40, 'train');
const twenty = { ...DEFAULTS, samples: 40, batchSize: 2 };
const four = { ...twenty, samples: 8 };

/** The suite of the app: one seed gives the same losses wherever, and however often, its steps move. */
export function describeSameLosses({ name, backends, useBackend }: Place): void {
  /** What a step can run on: a backend with normkit's kernels, or wasm without them. */
  const ways: Record<string, () => Promise<void>> = {
    wasm: () => useWithKernels('wasm'),
    cpu: () => useWithKernels('cpu'),
    webgl: () => useWithKernels('webgl'),
    webgpu: () => useWithKernels('webgpu'),
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
  async function lossesOn(turns: readonly string[], settings: Settings): Promise<number[]> {
    const open = (step: number) =>
      ways[turns[step % turns.length] ?? '']?.() ?? Promise.reject(new Error('no such way'));
    await open(0);
    const model = tutorialModel(settings.norm, settings.seed, { hidden: HIDDEN });
    const trainer = new Trainer(settings, digits, model);
    const losses: number[] = [];
    while (!trainer.isDone) {
      if (turns.length > 1) await trainer.moveTo(() => open(losses.length));
      losses.push((await trainer.step()).loss);
    }
    trainer.dispose();
    return losses;
  }

  async function expectSameLosses(turns: readonly string[], settings: Settings, tolerance: number): Promise<void> {
    const expected = await lossesOn(['wasm'], settings);
    const received = await lossesOn(turns, settings);
    const differences = received.map((loss, step) => Math.abs(loss / (expected[step] ?? Number.NaN) - 1));
    expect(differences).toHaveLength(stepsOf(settings));
    expect(Math.max(...differences)).toBeLessThan(tolerance);
  }

  describe.each(NORMS)(`twenty steps with norm %s from one seed, in ${name}`, (norm) => {
    it.each([
      ...backends.map((backend) => [`on ${backend}`, [backend], STAYING] as const),
      ['composed of TensorFlow.js operations', ['composed on wasm'], STAYING] as const,
      ['on another backend at every step', ['wasm', ...backends, 'composed on wasm'], MOVING] as const,
    ])('%s give the losses of wasm', (_, turns, tolerance) => expectSameLosses(turns, { ...twenty, norm }, tolerance));
  });

  it.each(OPTIMIZERS)(
    `the optimizer %s gives the losses of wasm where each step is on another backend, in ${name}`,
    (optimizer) =>
      expectSameLosses([...backends, 'wasm'], { ...four, optimizer, learningRate: LEARNING_RATES[optimizer] }, MOVING),
  );
}
