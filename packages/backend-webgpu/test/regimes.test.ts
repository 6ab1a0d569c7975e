import '@normkit/backend-webgpu';
import { checkNormCase, type DistributionName, type Layout, normCase } from '@normkit/conformance';
import { afterAll, beforeAll, beforeEach, describe, it } from 'vitest';
import { HARDWARE, SOFTWARE } from '../src/tuning.ts';
import { FINE, openFresh, openTuned, openWithSubgroups } from './open-webgpu.ts';

/** The suite's extents are primes; these are multiples of four, which are read four at once, and long enough to be divided. */
const layouts: readonly Layout[] = [
  { kind: 'layerNorm', shape: [5, 3, 40], axis: -1 },
  { kind: 'layerNorm', shape: [3, 16, 12], axis: 1 },
  { kind: 'layerNorm', shape: [8, 12], axis: 0 },
  { kind: 'layerNorm', shape: [2, 4, 3, 8], axis: [1, 3] },
  { kind: 'layerNorm', shape: [4, 3, 5, 8], axis: [0, 3] },
  { kind: 'layerNorm', shape: [1, 20000], axis: -1 },
  { kind: 'layerNorm', shape: [4, 16384], axis: -1 },
  { kind: 'layerNorm', shape: [5000, 4], axis: -1 },
  { kind: 'layerNorm', shape: [68, 1], axis: -1 },
  { kind: 'rmsNorm', shape: [68, 1], axis: -1 },
  { kind: 'layerNorm', shape: [1, 3000, 4], axis: 1 },
  { kind: 'rmsNorm', shape: [5, 64], axis: -1 },
  { kind: 'rmsNorm', shape: [2, 17000], axis: -1 },
  { kind: 'batchNorm', shape: [6, 7, 12], axis: -1 },
  { kind: 'batchNorm', shape: [3000, 8], axis: -1 },
  { kind: 'batchNorm', shape: [6, 12, 28], axis: 1 },
  { kind: 'batchNorm', shape: [3, 2, 9000], axis: 1 },
  { kind: 'groupNorm', shape: [3, 50, 24], axis: -1, groups: 3 },
  { kind: 'groupNorm', shape: [3, 50, 24], axis: -1, groups: 6 },
  { kind: 'groupNorm', shape: [3, 50, 24], axis: -1, groups: 12 },
  { kind: 'groupNorm', shape: [1, 3000, 16], axis: -1, groups: 4 },
  { kind: 'groupNorm', shape: [2, 300, 60], axis: -1, groups: 4 },
  { kind: 'groupNorm', shape: [2, 5, 160], axis: -1, groups: 4 },
  { kind: 'groupNorm', shape: [2, 10, 34], axis: -1, groups: 2 },
  { kind: 'groupNorm', shape: [2, 3, 514], axis: -1, groups: 2 },
  { kind: 'groupNorm', shape: [1, 6, 1028], axis: -1, groups: 4 },
  { kind: 'groupNorm', shape: [3, 24, 20], axis: 1, groups: 6 },
  { kind: 'groupNorm', shape: [1, 4, 10000], axis: 1, groups: 2 },
  { kind: 'groupNorm', shape: [2, 6, 8, 4], axis: 2, groups: 2 },
  { kind: 'groupNorm', shape: [2, 5, 8, 2], axis: 2, groups: 4 },
  { kind: 'instanceNorm', shape: [3, 50, 12], axis: -1 },
  { kind: 'instanceNorm', shape: [3, 12, 52], axis: 1 },
];

const sizeOf = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, 1);

const distributions: readonly DistributionName[] = [
  'normal',
  'mean 1e4',
  'first far off',
  'first third apart',
  'two values',
];

describe.each([
  ['hardware', HARDWARE],
  ['fine', FINE],
  ['software', SOFTWARE],
] as const)('work divided for %s', (name, tuning) => {
  beforeEach(() => openTuned(tuning));

  // Shaders of 256 threads take the software adapter long to compile: only shapes that fill them.
  for (const layout of layouts.filter(({ shape }) => name !== 'hardware' || sizeOf(shape) > 3000)) {
    const { kind, shape, axis, groups } = layout;
    it(`${kind} [${shape}] axis ${JSON.stringify(axis)}${groups === undefined ? '' : ` groups ${groups}`}`, async () => {
      for (const distribution of distributions) {
        await checkNormCase(normCase(layout, distribution, true, kind !== 'rmsNorm'), 'float32');
      }
    });
  }
});

describe('a device that was created with subgroups', () => {
  beforeAll(openWithSubgroups);
  afterAll(openFresh);

  for (const layout of layouts.filter(({ shape }) => sizeOf(shape) > 3000)) {
    const { kind, shape, axis } = layout;
    it(`${kind} [${shape}] axis ${JSON.stringify(axis)}`, async () => {
      for (const distribution of distributions) {
        await checkNormCase(normCase(layout, distribution, true, kind !== 'rmsNorm'), 'float32');
      }
    });
  }
});
