import { normTraits } from '@normkit/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Precision } from './cases.ts';
import type { KernelsUnderTest, TestRunner } from './suite.ts';

export type Test = (name: string, run: () => void | Promise<void>) => void;

/**
 * Describes tests that each run on the target's backend. Where this machine has no such backend they are one skipped
 * test; whether that is allowed, the target's conformance suite decides.
 */
export async function describeOn(
  { backend, open }: KernelsUnderTest,
  title: string,
  { describe, it }: TestRunner,
  body: (test: Test) => void,
): Promise<void> {
  const available = await open().then(
    () => tf.setBackend(backend),
    () => false,
  );
  describe(`${title} on ${backend}`, () => {
    if (!available) return void it.skip?.('not tested, the backend is not available here', () => undefined);
    body((name, run) => {
      it(name, async () => {
        await tf.setBackend(backend);
        await run();
      });
    });
  });
}

/** What may be asked of a backend that is open: what its kernels say, or that of norms which are composed. */
export function precisionOf({ backend, fused }: KernelsUnderTest): Precision {
  return (fused ? normTraits(backend)?.precision : undefined) ?? 'float32';
}
