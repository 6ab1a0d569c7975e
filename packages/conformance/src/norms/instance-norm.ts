import { instanceNorm } from '@normkit/core';
import { channelAxisOf, someChannelAxis, type TestedNorm } from './definition.ts';

/** Statistics for each sample and each channel. */
export const testedInstanceNorm: TestedNorm = {
  op: instanceNorm,
  useMean: true,
  hasBeta: true,
  segmentOf: (at, layout) => [at[0] ?? 0, at[channelAxisOf(layout)] ?? 0],
  parameterAxes: (layout) => [channelAxisOf(layout)],
  optionsFor: (shape, a) => ({ axis: someChannelAxis(shape, a) }),
  optionsOfRank: ({ length }) => (length > 1 ? [{ axis: -1 }, { axis: 1 }] : []),
  layouts: [
    { shape: [3, 7, 5, 11], axis: -1 },
    { shape: [3, 11, 5, 7], axis: 1 },
  ],
  otherLayouts: [
    { shape: [5, 7], axis: 1 },
    { shape: [2, 3, 5, 7], axis: 2 },
    { shape: [3, 13, 5], axis: -1 },
    { shape: [2, 3, 2, 5, 7], axis: 1 },
    { shape: [5, 2, 3], axis: -1 },
    { shape: [3, 7, 2], axis: 1 },
  ],
  longLayouts: [{ shape: [1, 61, 67, 3], axis: -1 }],
};
