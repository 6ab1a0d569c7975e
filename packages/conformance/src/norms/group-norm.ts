import { groupNorm } from '@normkit/core';
import { channelAxisOf, someChannelAxis, type TestedNorm } from './definition.ts';

/** Statistics for each sample and each group of consecutive channels. */
export const testedGroupNorm: TestedNorm = {
  op: groupNorm,
  useMean: true,
  hasBeta: true,
  segmentOf(at, layout) {
    const axis = channelAxisOf(layout);
    const channels = layout.shape[axis] ?? 1;
    const groups = layout.groups === -1 ? channels : (layout.groups ?? 32);
    return [at[0] ?? 0, Math.floor((at[axis] ?? 0) / (channels / groups))];
  },
  parameterAxes: (layout) => [channelAxisOf(layout)],
  optionsFor(shape, a, b) {
    const axis = someChannelAxis(shape, a);
    const channels = shape[axis] ?? 1;
    const divisors = [...Array(channels + 1).keys()].filter((groups) => groups > 0 && channels % groups === 0);
    return { axis, groups: divisors[b % divisors.length] ?? 1 };
  },
  optionsOfRank: ({ length }) => (length > 1 ? [{ axis: 1, groups: 3 }] : []),
  layouts: [
    { shape: [3, 7, 5, 6], axis: -1, groups: 3 },
    { shape: [3, 6, 5, 7], axis: 1, groups: 2 },
  ],
  otherLayouts: [
    ...[1, 2, 3, 6, -1].map((groups) => ({ shape: [2, 5, 7, 6], axis: 3, groups })),
    ...[1, 4, 12].map((groups) => ({ shape: [2, 12, 5, 3], axis: -3, groups })),
    { shape: [2, 5, 6, 7], axis: 2, groups: 3 },
    { shape: [5, 12], axis: 1, groups: 4 },
    { shape: [5, 12], axis: 1, groups: -1 },
    { shape: [3, 11, 8], axis: -1, groups: 2 },
    { shape: [2, 3, 4, 5, 10], axis: -1, groups: 5 },
    { shape: [2, 3, 1, 2, 3, 2, 1, 4], axis: 7, groups: 2 },
    { shape: [2, 9, 11, 64], axis: -1, groups: 32 },
    { shape: [2, 3, 5, 48], axis: -1, groups: 2 },
    { shape: [2, 10, 34], axis: -1, groups: 2 },
  ],
  longLayouts: [{ shape: [1, 6, 31, 37], axis: 1, groups: 2 }],
};
