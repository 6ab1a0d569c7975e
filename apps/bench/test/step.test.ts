import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { openBackend } from '../src/backends.ts';
import { kernelTimes } from '../src/step/kernel-times.ts';
import { measureStep } from '../src/step/measure-step.ts';
import { stepGrid } from '../src/step/step-table.ts';
import { composeFilterGradient } from '../src/step/stock-filter-gradient.ts';
import { tutorialStep } from '../src/step/tutorial.ts';

const backend = await openBackend('wasm');

describe('composeFilterGradient', () => {
  it('computes what the cpu backend does', async () => {
    composeFilterGradient(backend.composed);
    const gradient = async (name: string) => {
      await tf.setBackend(name);
      const x = tf.randomNormal<tf.Rank.R4>([3, 7, 5, 2], 0, 1, 'float32', 1);
      const filter = tf.randomNormal<tf.Rank.R4>([3, 2, 2, 11], 0, 1, 'float32', 2);
      const dy = tf.randomNormal([3, 5, 4, 11], 0, 1, 'float32', 3);
      return tf
        .grad((filter) => tf.conv2d(x, filter as tf.Tensor4D, 1, 'valid'))(filter, dy)
        .data();
    };
    const [actual, expected] = [await gradient(backend.composed), await gradient('cpu')];
    expect(actual).toHaveLength(3 * 2 * 2 * 11);
    for (const [at, value] of actual.entries()) expect(value).toBeCloseTo(expected[at] ?? NaN, 4);
  });
});

describe('kernelTimes', () => {
  it('charges each kernel with its calls, and puts the kernels back', async () => {
    await tf.setBackend(backend.fused);
    const kernels = tf.getKernelsForBackend(backend.fused);
    const x = tf.ones([64]);
    const times = await kernelTimes(backend.fused, async () => {
      tf.dispose(tf.tidy(() => tf.sqrt(tf.add(tf.add(x, x), x))));
    });
    expect(Object.fromEntries([...times].map(([name, { calls }]) => [name, calls]))).toEqual({ Add: 2, Sqrt: 1 });
    for (const { milliseconds } of times.values()) expect(milliseconds).toBeGreaterThan(0);
    expect(new Set(tf.getKernelsForBackend(backend.fused))).toEqual(new Set(kernels));
  });

  it('puts them back where the run fails', async () => {
    const kernels = tf.getKernelsForBackend(backend.fused);
    const failing = kernelTimes(backend.fused, () => Promise.reject(new Error('on purpose')));
    await expect(failing).rejects.toThrow('on purpose');
    expect(new Set(tf.getKernelsForBackend(backend.fused))).toEqual(new Set(kernels));
  });
});

describe('the training step', () => {
  it('has its norm with our kernels, none with stock ones, and nothing is left behind', async () => {
    const tensors = tf.memory().numTensors;
    const { ours, stock } = await measureStep(backend, { rounds: 1, budget: 1 });
    expect(tf.memory().numTensors).toBe(tensors);
    expect(ours.profile?.kernels).toMatchObject({ NormkitForward: { calls: 1 }, NormkitBackward: { calls: 1 } });
    expect(Object.keys(stock.profile?.kernels ?? {}).filter((name) => name.startsWith('Normkit'))).toEqual([]);
    for (const { total, profile } of [ours, stock]) {
      expect(profile?.kernels).toMatchObject({ FusedConv2D: { calls: 1 }, Conv2DBackpropFilter: { calls: 1 } });
      expect(total.median).toBeGreaterThan(0);
      expect(profile?.rest).toBeGreaterThan(0);
    }
  });

  it.each([
    ['ours', backend.fused, 'group'],
    ['stock', backend.composed, 'none'],
  ] as const)('learns its batch: %s', async (_, name, norm) => {
    const step = await tutorialStep(name, norm);
    for (let time = 0; time < 10; time++) await step.run();
    step.dispose();
    const [first = NaN, last = NaN] = [step.losses[0], step.losses.at(-1)];
    expect(last).toBeLessThan(first / 2);
  });
});

describe('the table of a step', () => {
  it('has the whole, the kernels by what they take, the small ones together, and the rest', () => {
    const total = (median: number) => ({ median, rounds: 50 });
    const { columns, rows } = stepGrid({
      ours: {
        total: total(20),
        profile: {
          kernels: { NormkitForward: { milliseconds: 0.2, calls: 1 }, BatchMatMul: { milliseconds: 8, calls: 5 } },
          rest: 2,
        },
      },
      stock: {
        total: total(70),
        profile: {
          kernels: {
            BatchMatMul: { milliseconds: 56, calls: 5 },
            Neg: { milliseconds: 0.02, calls: 3 },
            Cast: { milliseconds: 0.03, calls: 8 },
          },
          rest: 2.2,
        },
      },
    });
    expect(columns.map(({ name }) => name)).toEqual(['ours', 'calls', 'stock', 'calls', 'stock/ours']);
    expect(rows).toEqual([
      ['a step', '20.0', '', '70.0', '', '3.50x'],
      ['BatchMatMul', '8.00', '5', '56.0', '5', '7.00x'],
      ['NormkitForward', '0.200', '1', '-', '-', '-'],
      ['2 kernels under 0.05 ms', '-', '-', '0.0500', '11', '-'],
      ['JavaScript, in no kernel', '2.00', '', '2.20', '', '1.10x'],
    ]);
  });

  it('has the whole alone where kernels were not timed, as on a GPU', () => {
    const [ours, stock] = [30, 28].map((median) => ({ total: { median, rounds: 50 } }));
    expect(ours && stock && stepGrid({ ours, stock }).rows).toEqual([['a step', '30.0', '', '28.0', '', '0.933x']]);
  });
});
