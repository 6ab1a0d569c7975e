import {
  batchNorm,
  groupNorm,
  instanceNorm,
  layerNorm,
  rmsNorm,
  segmentCount,
  segmentOf,
  segmentSize,
  type View,
} from '@normkit/core';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Norm, normOf } from '../src/norms/definition.ts';
import { ordered, orderOf, planOf } from '../src/plan.ts';
import { viewOf } from '../src/view.ts';

/** The kept axes and their index tuples, straight from the definition. */
function expectExact(view: View, shape: readonly number[], kept: readonly boolean[]): void {
  const size = shape.reduce((product, extent) => product * extent, 1);
  expect(segmentCount(view) * segmentSize(view)).toBe(size);
  const segments = new Map<string, number>();
  for (let index = 0; index < size; index++) {
    let rest = index;
    const tuple: number[] = [];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const extent = shape[axis] ?? 1;
      if (kept[axis]) tuple.unshift(rest % extent);
      rest = Math.floor(rest / extent);
    }
    const key = tuple.join();
    if (!segments.has(key)) segments.set(key, segmentOf(view, index));
    expect(segmentOf(view, index)).toBe(segments.get(key));
  }
  // Segments are numbered in the order of the kept axes, so that gamma can be indexed by them.
  expect([...new Set(segments.values())].sort((a, b) => a - b)).toEqual([...segments.values()]);
}

const axes = fc.array(fc.record({ size: fc.constantFrom(1, 2, 3, 5), kept: fc.boolean() }), {
  minLength: 1,
  maxLength: 8,
});

describe('a view', () => {
  it('numbers the segments of any axis subset exactly, or says that it cannot', () => {
    fc.assert(
      fc.property(axes, (given) => {
        fc.pre(given.reduce((product, { size }) => product * size, 1) <= 3000);
        const view = viewOf(given);
        if (view) {
          const sizes = given.map(({ size }) => size);
          expectExact(
            view,
            sizes,
            given.map(({ kept }) => kept),
          );
          return;
        }
        const runs = given
          .filter(({ size }) => size > 1)
          .map(({ kept }) => (kept ? 'k' : 'r'))
          .join('');
        expect(runs.replace(/k+/g, 'k').replace(/r+/g, 'r')).not.toMatch(/^k?r?k?r?$/);
      }),
      { numRuns: 500 },
    );
  });

  it('gives all reduction to reduceInner where inner is 1', () => {
    expect(viewOf([{ size: 7, kept: false }])).toEqual([1, 1, 1, 7]);
    expect(
      viewOf([
        { size: 7, kept: true },
        { size: 5, kept: false },
      ]),
    ).toEqual([7, 1, 1, 5]);
    expect(viewOf([{ size: 7, kept: true }])).toEqual([7, 1, 1, 1]);
    expect(viewOf([])).toEqual([1, 1, 1, 1]);
  });
});

describe('a plan', () => {
  it.each<[string, Norm, View, View]>([
    ['batch, channels last', normOf(batchNorm.definition, [8, 14, 14, 32]), [1, 1568, 32, 1], [1, 1568, 32, 1]],
    [
      'batch, channels first',
      normOf(batchNorm.definition, [8, 32, 14, 14], { axis: 1 }),
      [1, 8, 32, 196],
      [1, 8, 32, 196],
    ],
    ['layer', normOf(layerNorm.definition, [8, 196, 32]), [1568, 1, 1, 32], [1, 1568, 32, 1]],
    ['RMS', normOf(rmsNorm.definition, [8, 196, 32]), [1568, 1, 1, 32], [1, 1568, 32, 1]],
    ['instance, channels last', normOf(instanceNorm.definition, [8, 14, 14, 32]), [8, 196, 32, 1], [1, 1568, 32, 1]],
    [
      'instance, channels first',
      normOf(instanceNorm.definition, [8, 32, 14, 14], { axis: 1 }),
      [256, 1, 1, 196],
      [1, 8, 32, 196],
    ],
    [
      'group, channels last',
      normOf(groupNorm.definition, [8, 14, 14, 32], { groups: 4 }),
      [8, 196, 4, 8],
      [1, 1568, 32, 1],
    ],
    [
      'group, channels first',
      normOf(groupNorm.definition, [8, 32, 14, 14], { groups: 4, axis: 1 }),
      [32, 1, 1, 1568],
      [1, 8, 32, 196],
    ],
  ])('of %s norm has the two views of the design', (_, norm, stats, affine) => {
    expect(planOf(norm)).toMatchObject({ stats, affine });
    expect(ordered(norm.axes, orderOf(norm.axes))).toBe(norm.axes);
  });

  it('moves axes with statistics of their own to the front where four extents cannot say it', () => {
    const norm = normOf(layerNorm.definition, [2, 3, 5, 7], { axis: [1, 3] });
    const axes = ordered(norm.axes, orderOf(norm.axes));
    expect(axes.map(({ size }) => size)).toEqual([2, 5, 3, 7]);
    expect(planOf(norm)).toMatchObject({ stats: [10, 1, 1, 21], affine: [1, 10, 21, 1] });
  });
});
