import type { View } from '@normkit/core';
import { describe, expect, it } from 'vitest';
import { type Partition, partitionColumns, partitionRows, rowsFit } from '../src/partition.ts';
import { HARDWARE, SOFTWARE, type Tuning } from '../src/tuning.ts';
import { FINE } from './open-webgpu.ts';

/** How often the threads of all workgroups, as shaders/part.ts has them, come by each unit of the tensor. */
function visits({ layout: { regime, unit, workgroup }, groups, uniforms }: Partition, size: number): Uint8Array {
  const { outer = 0, rows = 0, inner = 0, run = 0, teams = 1, members = 1 } = uniforms;
  const { splits = 1, chunk = 0, steps = 0, tiles = 1 } = uniforms;
  const seen = new Uint8Array(size / unit);
  for (let thread = 0; thread < groups * workgroup; thread++) {
    const [group, local] = [Math.floor(thread / workgroup), thread % workgroup];
    const isColumn = regime === 'column';
    const [team, member] = isColumn
      ? [local % teams, Math.floor(local / teams)]
      : [Math.floor(local / members), local % members];
    const task = isColumn ? Math.floor(group / splits) : group * teams + team;
    const [block, column] = [Math.floor(task / tiles), (task % tiles) * teams + team];
    const cell = Math.floor(task / splits);
    const exists = isColumn ? member < members && column < inner && block < outer : cell < outer;
    const split = isColumn ? group % splits : task % splits;
    const end = exists ? Math.min((split + 1) * chunk, steps) : 0;
    for (let step = split * chunk + member; step < end; step += members) {
      const blocked = (Math.floor(cell / inner) * rows * inner + (cell % inner)) * run;
      const place = {
        row: cell * steps + step,
        blocked: blocked + Math.floor(step / run) * inner * run + (step % run),
        column: block * rows * inner + column + step * inner,
      }[regime];
      seen[place] = (seen[place] ?? 0) + 1;
    }
  }
  return seen;
}

const tunings: readonly (readonly [string, Tuning])[] = [
  ['hardware', HARDWARE],
  ['software', SOFTWARE],
  ['fine', FINE],
];

describe.each(tunings)('for %s, every unit is visited once', (_, tuning) => {
  it.each<[View]>([
    [[1, 1, 1, 1]],
    [[67, 1, 1, 1]],
    [[5, 1, 1, 37]],
    [[3, 1, 1, 4099]],
    [[2, 1, 1, 40000]],
    [[1, 1, 1, 65536]],
    [[2, 3, 5, 7]],
    [[2, 3, 5, 16]],
    [[1, 9, 2, 1024]],
  ])('rows of %j', (view) => {
    const size = view.reduce((product, extent) => product * extent, 1);
    for (const unit of view[3] % 4 === 0 ? ([1, 4] as const) : ([1] as const)) {
      const partition = partitionRows(view, unit, tuning, true);
      expect(visits(partition, size).every((count) => count === 1)).toBe(true);
      expect((partition.uniforms.teams ?? 0) * (partition.uniforms.members ?? 0)).toBe(tuning.workgroup);
    }
  });

  it.each<[View, run: number]>([
    [[1, 1, 41, 1], 1],
    [[1, 4099, 3, 1], 1],
    [[1, 1, 65536, 1], 1],
    [[3, 35, 6, 1], 2],
    [[2, 99, 64, 1], 2],
    [[2, 15, 48, 1], 12],
    [[2, 15, 75, 1], 15],
    [[1, 5000, 60, 1], 15],
    [[1, 40, 1000, 1], 1],
  ])('columns of %j, %i to a segment', (view, run) => {
    const size = view.reduce((product, extent) => product * extent, 1);
    for (const unit of view[2] % 4 === 0 ? ([1, 4] as const) : ([1] as const)) {
      const partition = partitionColumns(view, run, unit, tuning);
      const { teams = 0, members = 0, tileSegments = 0 } = partition.uniforms;
      expect(visits(partition, size).every((count) => count === 1)).toBe(true);
      expect(teams * members).toBeLessThanOrEqual(tuning.workgroup);
      expect(members).toBeGreaterThan(0);
      // A tile has whole segments, and each has a team when it is merged.
      expect(tileSegments).toBe((teams * unit) / run);
      expect(tileSegments).toBeLessThanOrEqual(tuning.workgroup);
    }
  });
});

describe('on hardware', () => {
  it('a row of 2²⁰ elements is the work of hundreds of workgroups, in two dispatches', () => {
    const view: View = [1, 1, 1, 2 ** 20];
    expect(rowsFit(view, HARDWARE)).toBe(false);
    expect(partitionRows(view, 4, HARDWARE, true)).toMatchObject({ groups: 256, splits: 256 });
  });

  it('so is a column of 2²⁰ rows, but not more than pay for merging', () => {
    const partition = partitionColumns([1, 2 ** 20, 64, 1], 1, 4, HARDWARE);
    expect(partition).toMatchObject({ groups: 4 * 181, splits: 181 });
  });

  it('a row of a transformer is that of a quarter of a workgroup, in one dispatch', () => {
    const view: View = [8192, 1, 1, 768];
    expect(rowsFit(view, HARDWARE)).toBe(true);
    expect(partitionRows(view, 4, HARDWARE, false)).toMatchObject({
      groups: 2048,
      uniforms: { teams: 4, members: 64 },
    });
  });
});
