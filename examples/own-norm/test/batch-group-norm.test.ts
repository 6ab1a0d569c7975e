import { addTestedNorm, describeNormKernels, normCases } from '@normkit/conformance';
import { explain, groupNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { batchGroupNorm } from '../batch-group-norm.ts';

// The same norm once more, by index tuples: what the suite compares with.
addTestedNorm({
  op: batchGroupNorm,
  useMean: true,
  hasBeta: true,
  segmentOf(at, { shape, axis, groups = 1 }) {
    const channelAxis = (Number(axis) + shape.length) % shape.length;
    return [Math.floor((at[channelAxis] ?? 0) / ((shape[channelAxis] ?? 1) / groups))];
  },
  parameterAxes: ({ shape, axis }) => [(Number(axis) + shape.length) % shape.length],
  optionsFor: (shape, a) => ({ axis: a % shape.length, groups: 1 }),
  layouts: [
    { shape: [3, 5, 7, 6], axis: -1, groups: 3 },
    { shape: [3, 6, 5, 7], axis: 1, groups: 2 },
  ],
  otherLayouts: [1, 2, 6].map((groups) => ({ shape: [5, 6], axis: -1, groups })),
});

beforeAll(() => tf.setBackend('cpu'));

describe('a norm of one’s own', () => {
  it('is one among the cases of the suite', () => {
    expect(normCases().filter(({ layout }) => layout.kind === 'batchGroupNorm').length).toBeGreaterThan(50);
  });

  it('is explained', () => {
    expect(explain(batchGroupNorm, [8, 14, 14, 30], { groups: 5 })).toMatchInlineSnapshot(`
      "batchGroupNorm of [8,14,14,30]
        reduces   axes 0 (8), 1 (14), 2 (14) and the 6 channels of each of 5 groups of axis 3 (30)
        statistic 5 × (mean and variance), each over 9408 elements
        shape     gamma and beta: [30]"
    `);
  });

  it('of one sample is group norm', () => {
    const x = tf.randomNormal([1, 5, 7, 6], 3, 2);
    const difference = tf.max(tf.abs(tf.sub(batchGroupNorm(x, { groups: 3 }), groupNorm(x, { groups: 3 }))));
    expect(difference.dataSync()[0]).toBeLessThan(1e-6);
  });
});

await describeNormKernels(
  {
    backend: 'cpu',
    open: async () => void (await import('@normkit/backend-cpu')),
    fused: true,
  },
  { describe, it },
);
