import { rmsNorm } from '@normkit/core';
import { alternatingAxes, axesOf, someAxes, type TestedNorm } from './definition.ts';

/** As layer norm, with the mean taken as 0 and without beta. */
export const testedRmsNorm: TestedNorm = {
  op: rmsNorm,
  useMean: false,
  hasBeta: false,
  segmentOf(at, layout) {
    const axes = axesOf(layout);
    return at.filter((_, axis) => !axes.includes(axis));
  },
  parameterAxes: axesOf,
  optionsFor: someAxes,
  optionsOfRank: (shape) => [alternatingAxes(shape)],
  layouts: [{ shape: [5, 3, 37], axis: -1 }],
  otherLayouts: [
    { shape: [2, 3, 5, 7], axis: [1, 2, 3] },
    { shape: [2, 3, 5, 7], axis: [0, 2] },
    { shape: [11, 7], axis: 0 },
    { shape: [3, 37, 19], axis: 1 },
    { shape: [41], axis: -1 },
    { shape: [3, 31], axis: 0 },
  ],
};
