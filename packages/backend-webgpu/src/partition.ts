import type { View } from '@normkit/core';
import type { Layout, SummingLayout } from './shaders/module.ts';
import type { PartUniforms } from './shaders/uniforms.ts';
import type { Tuning } from './tuning.ts';

/** A domain divided over workgroups into parts. */
export interface Partition {
  readonly layout: Layout;
  /** The same for a shader that sums over the parts. */
  readonly summing: SummingLayout;
  /** How many workgroups there are. */
  readonly groups: number;
  /** Parts of each segment, or of each column, that different workgroups have. */
  readonly splits: number;
  /** Segments of the domain, or columns of all its blocks. */
  readonly cells: number;
  readonly uniforms: PartUniforms;
}

/** One workgroup does a row of so many elements even where others idle: it reads the row three times, from the cache. */
const FITS = 16384;
/** Columns of a tile: 256 bytes of every row. A tile has more columns where there are few rows. */
const WIDE = 64;

/** Whether one team of threads does a whole segment: the segment fits, or there are enough segments for the device. */
export function rowsFit(view: View, { enough }: Tuning): boolean {
  const [outer, rows, inner, run] = view;
  return rows * run <= FITS || outer * inner >= enough / 4;
}

/** A domain of rows. Each team of threads has a segment. A team that fills a workgroup may have a split of one. */
export function partitionRows(view: View, unit: 1 | 4, tuning: Tuning, mayDivide: boolean): Partition {
  const { workgroup, team, enough, subgroups } = tuning;
  const [outer, rows, inner, run] = view;
  const segments = outer * inner;
  const units = (rows * run) / unit;
  const members = Math.min(team, powerOfTwo(units / tuning.units));
  const teams = workgroup / members;
  // Every team of a later dispatch merges the partials of all splits.
  const pay = Math.min(Math.ceil(units / (tuning.units * members)), Math.ceil(Math.sqrt(units * members) / 4));
  const most = mayDivide && members === team ? Math.ceil((enough * teams) / segments) : 1;
  const { splits, chunk } = divide(units, Math.min(most, pay));
  const groups = Math.ceil((segments * splits) / teams);
  const layout: Layout = { regime: rows === 1 && inner === 1 ? 'row' : 'blocked', unit, workgroup };
  const sharing = members === 1 ? 'alone' : subgroups && members === workgroup ? 'subgroups' : 'team';
  return {
    layout,
    summing: { ...layout, sharing },
    groups,
    splits,
    cells: segments,
    uniforms: {
      outer: segments,
      rows,
      inner,
      run: run / unit,
      teams,
      members,
      splits,
      chunk,
      steps: units,
      tiles: 0,
      tileSegments: 0,
    },
  };
}

/**
 * A domain of columns, `run` neighbours of which belong to one segment. A workgroup has a tile of columns and a split of
 * the rows. Every workgroup of a later dispatch merges the partials of all splits, so there are no more than pay.
 */
export function partitionColumns(view: View, run: number, unit: 1 | 4, tuning: Tuning): Partition {
  const { workgroup, team, enough } = tuning;
  const [outer, rows, columns] = view;
  const divided = (widest: number) => {
    const { tiles, width } = tilesOf(columns, leastCommonMultiple(run, unit), widest);
    const teams = width / unit;
    const members = Math.min(team, Math.floor(workgroup / teams));
    const pay = Math.min(Math.floor(Math.sqrt(rows / 32)), Math.ceil(rows / (tuning.units * members)));
    return { tiles, width, teams, members, ...divide(rows, Math.min(pay, Math.ceil(enough / (outer * tiles)))) };
  };
  const wide = divided(rows < workgroup / WIDE ? workgroup : Math.min(WIDE, workgroup));
  // Narrower tiles are more, and give each column more threads, if there are rows for them.
  const isEnough = outer * wide.tiles * wide.splits >= enough / 2 || rows < workgroup;
  const { tiles, width, teams, members, splits, chunk } = isEnough ? wide : divided(WIDE / 4);
  const layout: Layout = { regime: 'column', unit, workgroup };
  return {
    layout,
    summing: { ...layout, sharing: members === 1 ? 'alone' : 'team' },
    groups: outer * tiles * splits,
    splits,
    cells: outer * columns,
    uniforms: {
      outer,
      rows,
      inner: columns / unit,
      run: 1,
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

/** The teams that merge so many terms into each of so many results. */
export function mergeTeams(
  results: number,
  terms: number,
  { workgroup, units }: Tuning,
): { readonly groups: number; readonly teams: number; readonly members: number } {
  const members = Math.min(workgroup, powerOfTwo(terms / units));
  const teams = workgroup / members;
  return { groups: Math.ceil(results / teams), teams, members };
}

/** Tiles of almost the same width, a multiple of `step`. */
function tilesOf(columns: number, step: number, widest: number): { tiles: number; width: number } {
  const tiles = Math.ceil(columns / (Math.max(1, Math.floor(widest / step)) * step));
  return { tiles, width: Math.ceil(columns / tiles / step) * step };
}

/** At most as many splits as wanted, none of them empty. */
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
