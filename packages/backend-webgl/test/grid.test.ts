import { segmentOf, type View } from '@normkit/core';
import { expect, it } from 'vitest';
import { type Cells, type Grid, gridOf } from '../src/grid.ts';
import { everyPlan, type Named } from './plans.ts';

/** The elements of each texel, by lane; `undefined` where a lane has none. Written from how TensorFlow.js packs. */
function texelsOf({ quads, plane: { rows, columns } }: Grid, size: number): (number | undefined)[][] {
  if (!quads) return Array.from({ length: size }, (_, element) => [element]);
  const texels: (number | undefined)[][] = [];
  for (let batch = 0; batch < size / (rows * columns); batch++) {
    for (let row = 0; row < rows; row += 2) {
      for (let column = 0; column < columns; column += 2) {
        const at = (r: number, c: number) => (r < rows && c < columns ? (batch * rows + r) * columns + c : undefined);
        texels.push([at(row, column), at(row, column + 1), at(row + 1, column), at(row + 1, column + 1)]);
      }
    }
  }
  return texels;
}

/** From the segment of the first lane to that of each lane. */
function stepsOf({ pattern, kept }: Cells): number[] {
  const { columns } = kept;
  return { one: [0, 0, 0, 0], rows: [0, 0, 1, 1], columns: [0, 1, 0, 1], each: [0, 1, columns, columns + 1] }[pattern];
}

it.each(everyPlan)('%s: lanes share segments as the pattern says, and texels of a cell have the same', (_, named) => {
  const { plan, shape } = named;
  for (const packs of [true, false]) {
    const grid = gridOf(plan, shape, packs);
    const size = shape.reduce((product, extent) => product * extent, 1);
    const texels = texelsOf(grid, size);
    expect(texels.length).toBe(grid.texels);
    for (const [cells, view] of [
      [grid.stats, plan.stats],
      [grid.affine, plan.affine],
    ] as [Cells, View][]) {
      const firstOfCell = new Map<number, number>();
      for (const [texel, lanes] of texels.entries()) {
        const first = segmentOf(view, lanes[0] ?? 0);
        const expected = lanes.map((element, lane) =>
          element === undefined ? undefined : first + (stepsOf(cells)[lane] ?? 0),
        );
        expect(lanes.map((element) => (element === undefined ? undefined : segmentOf(view, element)))).toEqual(
          expected,
        );
        const cell = segmentOf(cells.view, texel);
        expect(firstOfCell.get(cell) ?? first).toBe(first);
        firstOfCell.set(cell, first);
      }
      expect(new Set(firstOfCell.values()).size).toBe(firstOfCell.size);
    }
  }
});

it('texels are elements only for groups of an odd number of channels, and for the groups of a matrix', () => {
  const isQuads = (named: Named) => gridOf(named.plan, named.shape, true).quads;
  expect(everyPlan.filter(([, named]) => !isQuads(named)).map(([name]) => name)).toMatchInlineSnapshot(`
    [
      "groupNorm [8,64]",
      "groupNorm [2,6,6,12]",
      "groupNormChannelsFirst [8,64]",
    ]
  `);
});
