import {
  type Arithmetic,
  describeNormKernels,
  faults,
  plainKernels,
  right,
  type TestRunner,
} from '@normkit/conformance';
import { describeRandomNorms } from '@normkit/conformance/random';
import { type NormKernels, type NormTraits, type Plan, registerNormKernels, segmentSize } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';

/** The first test of the suite that kernels with this arithmetic fail. */
async function firstFailure(
  name: string,
  arithmetic: Arithmetic,
  traits: Partial<NormTraits> = {},
): Promise<string | undefined> {
  const backend = `plain: ${name}`;
  tf.registerBackend(backend, () => tf.findBackendFactory('cpu')() as tf.KernelBackend);
  tf.copyRegisteredKernels('cpu', backend);
  registerNormKernels(backend, { ...plainKernels(arithmetic), ...traits } as unknown as NormKernels);
  const tests: { name: string; run: () => void | Promise<void> }[] = [];
  const runner: TestRunner = {
    describe: (_, body) => body(),
    it: (testName, run) => tests.push({ name: testName, run }),
  };
  const target = { backend, open: async () => undefined, fused: true };
  await describeNormKernels(target, runner);
  await describeRandomNorms(target, runner, { numRuns: 20 });
  try {
    for (const test of tests) {
      try {
        await test.run();
      } catch (error) {
        return `${test.name}: ${error instanceof Error ? error.message : error}`;
      }
    }
    return undefined;
  } finally {
    tf.removeBackend(backend);
  }
}

describe('the conformance suite', () => {
  it('passes kernels that are written straight from the definition', async () => {
    expect(await firstFailure('right', right)).toBeUndefined();
  });

  it('holds calls that fall into a gap to what composed norms can do', async () => {
    const gaps = [
      { name: 'long', why: 'not done here', covers: ({ plan }: { plan: Plan }) => segmentSize(plan.stats) > 100 },
    ];
    expect(await firstFailure('gap', right, { gaps })).toBeUndefined();
  });

  it.each(Object.keys(faults))('fails kernels with %s', async (name) => {
    expect(await firstFailure(name, { ...right, ...faults[name] })).toBeDefined();
  });
});
