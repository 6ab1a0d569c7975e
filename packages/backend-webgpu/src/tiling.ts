import type { View } from '@normkit/core';
import type { Call } from './shaders/call.ts';
import type { Layout, Regime } from './shaders/module.ts';
import { TILE } from './shaders/tile.ts';

/** A view divided over workgroups. */
export interface Tiling extends Layout {
  readonly groups: number;
  /** Parts of each segment, or of each column, that different workgroups have. */
  readonly splits: number;
  /** Walked segments, or columns of all blocks. */
  readonly cells: number;
  readonly call: Call;
}

/** Threads of a workgroup where the device allows it: what every default device has. */
export const WORKGROUP = 256;
/** Enough workgroups to fill the largest device: an H100 runs about a thousand of 256 threads at once. */
const ENOUGH = 1024;
/** Units of a thread: fewer, and the barriers of a sum cost more than its loads. */
const UNITS = 4;
/** A row of so many elements is done by one workgroup even where others idle: it is read three times, from the cache. */
const FITS = 16384;

/** The workgroup size on a device: a power of two. */
export function workgroupOf({ limits }: GPUDevice): number {
  const most = Math.min(WORKGROUP, limits.maxComputeInvocationsPerWorkgroup, limits.maxComputeWorkgroupSizeX);
  return 2 ** Math.floor(Math.log2(most));
}

/** The regime of a view. */
export function regimeOf([, rows, inner, run]: View): Regime {
  if (inner === 1 && rows === 1) return 'row';
  return run === 1 ? 'column' : 'blocked';
}

/** Whether a workgroup, or a team of its threads, does a whole segment: it fits, or there are enough of them. */
export function rowsFit(view: View): boolean {
  const [outer, rows, inner, run] = view;
  return rows * run <= FITS || outer * inner >= ENOUGH / 4;
}

/** A view of rows: each team of threads has a segment, or where one fills a workgroup, a split of it. */
export function tileRows(view: View, unit: 1 | 4, workgroup: number, mayDivide: boolean): Tiling {
  const [outer, rows, inner, run] = view;
  const segments = outer * inner;
  const units = (rows * run) / unit;
  const members = Math.min(workgroup, powerOfTwo(units / UNITS));
  const most = mayDivide && members === workgroup ? Math.ceil(ENOUGH / segments) : 1;
  const { splits, chunk } = divide(units, Math.min(most, Math.ceil(units / (UNITS * workgroup))));
  const teams = workgroup / members;
  const groups = Math.ceil((segments * splits) / teams);
  return {
    regime: regimeOf(view) === 'row' ? 'row' : 'blocked',
    unit,
    workgroup,
    groups,
    splits,
    cells: segments,
    call: { outer: segments, rows, inner, run: run / unit, teams, members, splits, chunk, steps: units },
  };
}

/**
 * A view of columns, `run` neighbours of which belong to one segment: a workgroup has a tile of columns, and a part of
 * the rows. What the parts leave is merged by every workgroup that goes on with it, so there are not more than pay.
 */
export function tileColumns([outer, rows, columns]: View, run: number, unit: 1 | 4, workgroup: number): Tiling {
  const step = leastCommonMultiple(run, unit);
  const divided = (widest: number) => {
    const tiles = Math.ceil(columns / (Math.max(1, Math.floor(widest / step)) * step));
    const width = Math.ceil(columns / tiles / step) * step;
    const teams = width / unit;
    const members = Math.floor(workgroup / teams);
    const pay = Math.min(Math.floor(Math.sqrt(rows / 32)), Math.ceil(rows / (UNITS * members)));
    const most = Math.ceil(ENOUGH / (outer * tiles));
    return { tiles, width, teams, members, ...divide(rows, Math.min(most, pay)) };
  };
  const wide = divided(TILE);
  const { tiles, width, teams, members, splits, chunk } =
    outer * wide.tiles * wide.splits < ENOUGH / 2 ? divided(TILE / 4) : wide;
  return {
    regime: 'column',
    unit,
    workgroup,
    groups: outer * tiles * splits,
    splits,
    cells: outer * columns,
    call: {
      outer,
      rows,
      inner: columns / unit,
      teams,
      members,
      splits,
      chunk,
      steps: rows,
      tiles,
      tileSegments: width / run,
    },
  };
}

/** Teams for merging, for each of so many results, so many terms. */
export function tileMerge(results: number, terms: number, workgroup: number): { groups: number; call: Call } {
  const affineMembers = Math.min(workgroup, powerOfTwo(terms / UNITS));
  const affineTeams = workgroup / affineMembers;
  return { groups: Math.ceil(results / affineTeams), call: { affineMembers, affineTeams } };
}

/** As many splits as wanted, at most, none of them empty. */
function divide(steps: number, wanted: number): { splits: number; chunk: number } {
  const chunk = Math.ceil(steps / Math.max(1, wanted));
  return { splits: Math.ceil(steps / chunk), chunk };
}

/** The least power of two that is not less. */
function powerOfTwo(value: number): number {
  return 2 ** Math.max(0, Math.ceil(Math.log2(value)));
}

function leastCommonMultiple(a: number, b: number): number {
  const divisor = (x: number, y: number): number => (y === 0 ? x : divisor(y, x % y));
  return (a * b) / divisor(a, b);
}
