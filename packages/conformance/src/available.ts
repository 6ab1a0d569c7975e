import { explainNorm, type GroupingOptions, type NormLike, normTraits } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
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

/** What may be asked of a backend that is open: what its kernels say, or float32 for composed norms. */
export function precisionOf({ backend, fused }: KernelsUnderTest): Precision {
  if (!fused) return 'float32';
  const traits = normTraits(backend);
  if (traits) return typeof traits.precision === 'function' ? traits.precision() : traits.precision;
  throw new Error(`[normkit] '${backend}' has no kernels: does open() import them?`);
}

/** What may be asked of one norm of the current backend: a call that falls into a gap of the kernels is composed. */
export function precisionAt(
  precision: Precision,
  norm: NormLike,
  shape: readonly number[],
  options: object,
): Precision {
  const gaps = normTraits(tf.getBackend())?.gaps ?? [];
  if (precision !== 'float64' || gaps.length === 0) return precision;
  const { axis, groups } = options as GroupingOptions;
  const given = { ...(axis !== undefined && { axis }), ...(groups !== undefined && { groups }) };
  const { plan, statistics } = explainNorm(norm, shape, given);
  const info = (extents: readonly number[]): TensorInfo => ({ dataId: {}, shape: [...extents], dtype: 'float32' });
  const forward = { plan, x: info(shape) };
  const backward = { ...forward, dy: info(shape), stats: info([4, statistics]), frozenStats: false };
  const isComposed = gaps.some((gap) => [forward, backward].some((call) => gap.covers(call, tf.backend())));
  return isComposed ? 'float32' : precision;
}
