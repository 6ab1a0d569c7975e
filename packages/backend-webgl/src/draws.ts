import { type Plan, segmentCount, segmentSize } from '@normkit/core';
import { type Cells, type Grid, keeps, type Lanes, type Reduction, reductionOf } from './grid.ts';
import type { Key } from './programs/key.ts';
import type { NormalizedKey } from './programs/normalized.ts';
import { sharesOf } from './programs/segments.ts';
import type { Base } from './programs/text.ts';
import type { Uniforms } from './programs/uniforms.ts';

/*
 * What a call of a kernel comes to on the device, as data: made from the plan, the grid of x, and how the tensors lie in
 * their textures alone, so that it can be printed and tested where there is no device.
 */

/** The names that programs have for the tensors of a call, and for those that draws make. */
export type InputName = 'x' | 'dy' | 'stats' | 'gamma' | 'beta';
export type OutputName = 'partials' | 'stats' | 'statsSums' | 'affineSums' | 'y' | 'dx';
export type TensorName = InputName | OutputName;

/** How a tensor lies in its texture. */
export type Format = 'packed' | 'unpacked';
/** Of a matrix or a vector. Where each row has a line of texels of its own, a place is found without a division. */
export type MatrixFormat = Format | `${Format} by rows`;

export interface Formats {
  readonly x: Format;
  readonly dy?: Format;
  readonly stats?: MatrixFormat;
  readonly gamma?: MatrixFormat;
  readonly beta?: MatrixFormat;
}

/** The most texels of a line. */
const LINE = 2048;

/** How many texels a row of so many columns has. */
export function texelsOfRow(format: Format, columns: number): number {
  return format === 'packed' ? Math.ceil(columns / 2) : columns;
}

/** How a matrix lies that a draw makes. TensorFlow.js makes other programs for an output that is a vector. */
export function matrixFormat(format: Format, columns: number): MatrixFormat {
  const width = texelsOfRow(format, columns);
  return width <= LINE && (format === 'packed' || width > 1) ? `${format} by rows` : format;
}

/** One run of a program. Its tensors are those that the program of `key` names. */
export interface Draw<Result extends OutputName = OutputName> {
  readonly key: Key;
  readonly uniforms: Uniforms;
  readonly output: Output & { readonly name: Result | Scratch };
}

/** What only lies between two draws. */
export type Scratch = 'partials' | 'statsSums';

export interface Output {
  readonly name: OutputName;
  readonly format: Format;
  /** How many texels are drawn. */
  readonly texels: number;
  /** Of a matrix, or 'as x'. Not given: its texels are what the programs say. */
  readonly shape?: readonly [rows: number, columns: number] | 'as x';
}

/** What draws are made from. */
export interface Work {
  readonly plan: Plan;
  readonly grid: Grid;
  /** Of the tensors that the call has. */
  readonly formats: Formats;
  /** Whether x and dy lie as what is made in their shape does. */
  readonly inPlace: { readonly x: boolean; readonly dy: boolean };
  readonly webgl: Base['webgl'];
  /** Whether textures hold half floats. */
  readonly halves: boolean;
}

/** What the texts of all programs of a call depend on. */
export function baseOf({ grid: { quads, plane }, webgl }: Work): Base {
  return { webgl, quads, odd: { rows: quads && plane.rows % 2 === 1, columns: quads && plane.columns % 2 === 1 } };
}

/** What the texts of programs that normalize depend on. */
export function normalizedKey(work: Work, stats: MatrixFormat, frozen: boolean): NormalizedKey {
  const { grid, formats, plan } = work;
  return {
    ...baseOf(work),
    x: formats.x,
    stats,
    frozen,
    useMean: plan.useMean,
    statsLanes: lanesOf(grid.stats),
    affineLanes: lanesOf(grid.affine),
    statsShares: sharesOf(grid.stats),
    affineShares: sharesOf(grid.affine),
  };
}

function lanesOf({ pattern, pairs }: Cells): Lanes {
  return { pattern, pairs };
}

/** What programs are told of the plan. */
export function planUniforms({ plan: { stats, epsilon }, grid }: Work): Uniforms {
  const { rows, columns } = grid.plane;
  return {
    plane: [rows, columns, Math.ceil(rows / 2), Math.ceil(columns / 2)],
    statsOfBatch: grid.stats.shares.batch.numbers,
    statsOfRow: grid.stats.shares.rows.numbers,
    statsOfColumn: grid.stats.shares.columns.numbers,
    affineOfBatch: grid.affine.shares.batch.numbers,
    affineOfRow: grid.affine.shares.rows.numbers,
    affineOfColumn: grid.affine.shares.columns.numbers,
    statsKept: [grid.stats.kept.rows, grid.stats.kept.columns],
    affineKept: [grid.affine.kept.rows, grid.affine.kept.columns],
    segmentSize: segmentSize(stats),
    epsilon,
    zero: 0,
  };
}

/** A tensor of the shape of x, which lies as the grid does. */
export function outputAsX<Name extends 'y' | 'dx'>(grid: Grid, name: Name): Output & { readonly name: Name } {
  return { name, format: grid.quads ? 'packed' : 'unpacked', texels: grid.texels, shape: 'as x' };
}

/** The most texels of a segment that is reduced in one draw: whoever would merge its parts reads the texels instead. */
const SHORT = 8;

interface ReductionOfView extends Reduction {
  readonly cells: Cells;
  readonly segments: number;
  readonly uniforms: Uniforms;
  /** Whether parts are reduced first, and then merged. */
  readonly merges: boolean;
  /** How many parts all cells have. */
  readonly partCount: number;
}

/** The reduction over the segments of one of the two views of a plan. */
export function reductionOfView(work: Work, name: 'stats' | 'affine'): ReductionOfView {
  const cells = work.grid[name];
  const reduction = reductionOf(cells);
  const { cellCount, cellTexels, partTexels, parts } = reduction;
  const segments = segmentCount(work.plan[name]);
  const uniforms = {
    ...planUniforms(work),
    cellView: cells.view,
    cellPlane: cellPlane(cells),
    segments,
    cellCount,
    cellTexels,
    partTexels,
    parts,
  };
  return { ...reduction, cells, segments, uniforms, merges: cellTexels > SHORT, partCount: cellCount * parts };
}

/** Segments along the rows and columns of the last two axes, and cells. */
function cellPlane({ kept: { rows, columns }, pattern }: Cells): readonly number[] {
  const halved = (extent: number, isKept: boolean) => (isKept ? Math.ceil(extent / 2) : extent);
  return [rows, columns, halved(rows, keeps[pattern].rows), halved(columns, keeps[pattern].columns)];
}
