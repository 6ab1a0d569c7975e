import { layerNorm } from '@normkit/core';
import { alternatingAxes, axesOf, axisSubsets, someAxes, type TestedNorm } from './definition.ts';

/** Statistics for each index of the axes that are not normalized. */
export const testedLayerNorm: TestedNorm = {
  op: layerNorm,
  useMean: true,
  hasBeta: true,
  segmentOf(at, layout) {
    const axes = axesOf(layout);
    return at.filter((_, axis) => !axes.includes(axis));
  },
  parameterAxes: axesOf,
  optionsFor: someAxes,
  optionsOfRank: (shape) => [alternatingAxes(shape)],
  layouts: [
    { shape: [5, 3, 37], axis: -1 },
    { shape: [3, 17, 5], axis: 1 },
    { shape: [2, 5, 3, 7], axis: [1, 3] },
    // Many segments of a few elements.
    { shape: [23, 7], axis: -1 },
  ],
  otherLayouts: [
    ...axisSubsets(4).map((axis) => ({ shape: [2, 3, 5, 7], axis })),
    { shape: [7, 5], axis: 0 },
    { shape: [7, 5], axis: [-1, -2] },
    { shape: [41], axis: 0 },
    { shape: [2, 1, 3, 2, 1, 2, 3, 2], axis: [1, 3, 5, 7] },
    { shape: [2, 1, 3, 2, 1, 2, 3, 2], axis: [5, 6, 7] },
    { shape: [3, 4099], axis: -1 },
    { shape: [1, 65539], axis: -1 },
    { shape: [67, 1], axis: -1 },
    { shape: [68, 1], axis: -1 },
    { shape: [1, 31], axis: 0 },
    { shape: [1, 1], axis: -1 },
  ],
  longLayouts: [{ shape: [3, 4099], axis: -1 }],
};
