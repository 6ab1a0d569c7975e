import { registerNormKernels } from '@normkit/core';
import { describeNormKernels, type TestRunner } from '@normkit/core/conformance';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type Arithmetic, plainKernels, right } from './plain-kernels.ts';

/** Kernels that are wrong in one way each, as people write them. */
const faults: Record<string, Partial<Arithmetic>> = {
  'variance as E[x²] − E[x]²': { variance: (values, mean) => average(values, (v) => v * v) - mean * mean },
  'variance over n − 1': { variance: (values, mean, n) => (right.variance(values, mean, n) * n) / (n - 1) },
  'epsilon outside the root': { inverse: (variance, epsilon) => 1 / (Math.sqrt(variance) + epsilon) },
  'epsilon left out': { inverse: (variance) => right.inverse(variance, 0) },
  'gamma ignored': { y: (n, _, beta) => n + beta },
  'beta ignored': { y: (n, gamma) => n * gamma },
  'gamma over beta too': { y: (n, gamma, beta) => (n + beta) * gamma },
  'mean and variance swapped': { stats: (mean, variance) => [variance, mean] },
  'the sum in float32': { mean: (values) => values.reduce((sum, v) => Math.fround(sum + v), 0) / values.length },
  'the mean rounded to float32': { mean: (values, n) => Math.fround(right.mean(values, n)) },
  'x·inverse − mean·inverse in float32': {
    normalize: (x, mean, inverse) => Math.fround(Math.fround(x * inverse) - Math.fround(mean * inverse)),
  },
  'the mean subtracted by RMS too': { meanCounts: () => true },
  'a NaN read as 0': {
    mean: (values, n) =>
      right.mean(
        values.map((v) => (Number.isNaN(v) ? 0 : v)),
        n,
      ),
    normalize: (x, mean, inverse) => (Number.isNaN(x) ? 0 : right.normalize(x, mean, inverse)),
  },
  'dx without the mean of g': { dx: (g, _, n, meanGn, inverse) => (g - n * meanGn) * inverse },
  'dx without the variance': { dx: (g, meanG, _, __, inverse) => (g - meanG) * inverse },
  'dgamma without normalizing': { dgamma: (dy, x) => dy * x },
  'dbeta left at 0': { dbeta: () => 0 },
  'frozen statistics differentiated': { freezes: false },
  'gamma one place off': { parameter: (index, count) => (index + 1) % count },
};

/** The tests that fail, and no more than so many of them. */
async function failures(name: string, arithmetic: Arithmetic, most: number): Promise<string[]> {
  const backend = `plain: ${name}`;
  tf.registerBackend(backend, () => tf.findBackendFactory('cpu')() as tf.KernelBackend);
  tf.copyRegisteredKernels('cpu', backend);
  registerNormKernels(backend, plainKernels(arithmetic));
  const tests: { name: string; run: () => void | Promise<void> }[] = [];
  const runner: TestRunner = {
    describe: (_, body) => body(),
    it: (testName, run) => tests.push({ name: testName, run }),
  };
  await describeNormKernels({ backend, open: async () => undefined, precision: 'float64', fused: true }, runner);
  const failed: string[] = [];
  for (const test of tests) {
    if (failed.length === most) break;
    try {
      await test.run();
    } catch {
      failed.push(test.name);
    }
  }
  tf.removeBackend(backend);
  return failed;
}

function average(values: readonly number[], of: (value: number) => number): number {
  return values.reduce((sum, value) => sum + of(value), 0) / values.length;
}

describe('the conformance suite', () => {
  it('passes kernels that are written straight from the definition', async () => {
    expect(await failures('right', right, Number.POSITIVE_INFINITY)).toEqual([]);
  });

  it.each(Object.keys(faults))('fails kernels with %s', async (name) => {
    const failed = await failures(name, { ...right, ...faults[name] }, 1);
    expect(failed.length).toBeGreaterThan(0);
  });
});
