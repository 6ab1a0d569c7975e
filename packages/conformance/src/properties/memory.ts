import { NormkitError } from '@normkit/core';
import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { coreLayouts, normCase, valuesOf } from '../cases.ts';
import { applyNorm, parameterTensors } from '../check.ts';
import { testedNorm, testedNorms } from '../tested-norms.ts';
import { describeLayout, tensorOf } from './read.ts';

export async function nothingLeaks(): Promise<void> {
  const before = counts();
  for (const layout of coreLayouts()) {
    const values = valuesOf(normCase(layout, 'normal', true, testedNorm(layout).hasBeta));
    const given = [tensorOf(layout, values.x), ...Object.values(parameterTensors(layout, values))];
    const names = ['gamma', 'beta'];
    const f = (x: Tensor, ...parameters: Tensor[]) =>
      applyNorm(layout, 1e-3, x, Object.fromEntries(parameters.map((tensor, index) => [names[index], tensor])));
    const { value, grads } = tf.valueAndGrads(f)(given);
    const extra = tf.memory().numTensors - before.tensors - given.length - 1 - grads.length;
    if (extra !== 0) throw new Error(`${describeLayout(layout)} leaves ${extra} tensors beside its results`);
    expectThrows(() => applyNorm(layout, Number.NaN, given[0] as Tensor));
    tf.dispose([given, value, grads]);
  }
  for (const { op, withStats } of testedNorms()) {
    if (!withStats) continue;
    const x = tf.ones([2, 3]);
    const stats = withStats(x, {});
    if (tf.memory().numTensors !== before.tensors + 4) {
      throw new Error(`${op.definition.name} with statistics makes more tensors than it returns`);
    }
    tf.dispose([x, ...Object.values(stats)]);
  }
  const after = counts();
  if (after.tensors !== before.tensors || after.bytes !== before.bytes) {
    throw new Error(`before ${JSON.stringify(before)}, after ${JSON.stringify(after)}`);
  }
}

function counts(): { tensors: number; bytes: number } {
  const { numTensors, numBytes } = tf.memory();
  return { tensors: numTensors, bytes: numBytes };
}

function expectThrows(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    if (error instanceof NormkitError) return;
    throw error;
  }
  throw new Error('expected a NormkitError, and nothing was thrown');
}
