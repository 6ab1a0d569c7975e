import { batchNorm, batchNormWithStats } from '@normkit/core';
import { channelAxisOf, type TestedNorm } from './definition.ts';

/** Statistics for each channel. */
export const testedBatchNorm: TestedNorm = {
  op: batchNorm,
  useMean: true,
  hasBeta: true,
  segmentOf: (at, layout) => [at[channelAxisOf(layout)] ?? 0],
  parameterAxes: (layout) => [channelAxisOf(layout)],
  optionsFor: (shape, a) => ({ axis: a % shape.length }),
  optionsOfRank: ({ length }) => [{ axis: -1 }, { axis: Math.floor(length / 2) }],
  withStats: batchNormWithStats,
  layouts: [
    { shape: [5, 7, 3, 11], axis: -1 },
    { shape: [5, 11, 3, 7], axis: 1 },
    // Many segments of a few elements.
    { shape: [5, 29], axis: -1 },
  ],
  otherLayouts: [
    ...[0, 1, 2, 3].map((axis) => ({ shape: [2, 3, 5, 7], axis })),
    { shape: [13, 5], axis: -1 },
    { shape: [41], axis: 0 },
    { shape: [3, 7, 5], axis: 1 },
    { shape: [2, 3, 5, 2, 7], axis: -1 },
    { shape: [4099, 3], axis: -1 },
    { shape: [1, 29], axis: -1 },
  ],
};
