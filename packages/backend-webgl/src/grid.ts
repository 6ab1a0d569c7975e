import { type Plan, segmentCount, type View, type ViewAxis, viewOf } from '@normkit/core';

/*
 * TensorFlow.js keeps a tensor in a texture in one of two ways. Unpacked: a texel is one element. Packed: a texel is a
 * quad, two rows by two columns of the last two axes, whose four channels are called lanes here.
 *
 * A grid says how the texels of a tensor lie in the segments of a plan.
 */

/**
 * Which lanes of a quad share a segment: all of them; those of a row (two segments, which are neighbours); those of a
 * column (likewise); or none.
 */
export type Pattern = 'one' | 'rows' | 'columns' | 'each';

/** Whether the two rows of a quad, and its two columns, have segments of their own. */
export const keeps: Readonly<Record<Pattern, { readonly rows: boolean; readonly columns: boolean }>> = {
  one: { rows: false, columns: false },
  rows: { rows: true, columns: false },
  columns: { rows: false, columns: true },
  each: { rows: true, columns: true },
};

/**
 * What the index of a segment has of the index along some axes: nothing, all of it, its high or its low digits, or digits
 * from either end.
 */
export type Digits = 'none' | 'all' | 'high' | 'low' | 'mixed';

export interface Share {
  readonly digits: Digits;
  /** With which numbers: elements of a block, inner extent, elements of a run. */
  readonly numbers: readonly [block: number, inner: number, run: number];
}

/** How two neighbouring segments lie in a packed matrix: only the first is read; both in one quad; or maybe in two. */
export type Pairs = 'single' | 'aligned' | 'straddling';

/** The segments of the lanes of a texel. */
export interface Lanes {
  readonly pattern: Pattern;
  readonly pairs: Pairs;
}

/** The segments of a view, as the texels have them. A cell is the texels that hold the same segments: one, two or four. */
export interface Cells extends Lanes {
  /** The texels, grouped into cells. */
  readonly view: View;
  /** How many segments there are along the rows and the columns of the last two axes. */
  readonly kept: { readonly rows: number; readonly columns: number };
  /** How the index of a segment follows from those of the plane, and of its rows and columns. */
  readonly shares: { readonly batch: Share; readonly rows: Share; readonly columns: Share };
}

/** The last two axes of a tensor, which quads divide. */
export interface Plane {
  readonly rows: number;
  readonly columns: number;
}

export interface Grid {
  /** Whether its texels are quads; otherwise they are elements. */
  readonly quads: boolean;
  readonly plane: Plane;
  /** How many texels there are. */
  readonly texels: number;
  readonly stats: Cells;
  readonly affine: Cells;
}

/** The grid of a tensor: of quads, unless it is to have none, or the segments do not lie in them by rows or columns. */
export function gridOf({ stats, affine }: Plan, shape: readonly number[], packs: boolean): Grid {
  const plane = planeOf(shape);
  const quads = packs && [stats, affine].map((view) => cellsOfQuads(view, plane));
  const [ofStats, ofAffine] = quads || [];
  if (ofStats && ofAffine) {
    const texels = ofStats.view.reduce((product, extent) => product * extent, 1);
    return { quads: true, plane, texels, stats: ofStats, affine: ofAffine };
  }
  const elements = (view: View): Cells => ({
    view,
    pattern: 'one',
    pairs: 'single',
    kept: { rows: 1, columns: 1 },
    shares: { batch: shareOf(axesOf(view)), rows: shareOf([]), columns: shareOf([]) },
  });
  const texels = stats.reduce((product, extent) => product * extent, 1);
  return { quads: false, plane, texels, stats: elements(stats), affine: elements(affine) };
}

export function planeOf(shape: readonly number[]): Plane {
  const [rows = 1, columns = 1] = shape.length > 1 ? shape.slice(-2) : [1, ...shape];
  return { rows, columns };
}

function cellsOfQuads(view: View, { rows, columns }: Plane): Cells | undefined {
  const ofColumns = splitOff(axesOf(view), columns);
  const ofRows = ofColumns && splitOff(ofColumns.rest, rows);
  if (!ofRows) return undefined;
  const [columnTexels, rowTexels] = [halved(ofColumns.inner), halved(ofRows.inner)];
  if (!columnTexels || !rowTexels) return undefined;
  const [keepsRows, keepsColumns] = [ofRows.inner, ofColumns.inner].map((axes) => axes.at(-1)?.kept === true);
  const kept = { rows: keptExtent(ofRows.inner), columns: keptExtent(ofColumns.inner) };
  // The segments of two rows would be further apart.
  if (keepsRows && !keepsColumns && kept.columns > 1) return undefined;
  const texels = viewOf([...ofRows.rest, ...rowTexels, ...columnTexels]);
  const pattern = keepsRows ? (keepsColumns ? 'each' : 'rows') : keepsColumns ? 'columns' : 'one';
  const shares = { batch: shareOf(ofRows.rest), rows: shareOf(ofRows.inner), columns: shareOf(ofColumns.inner) };
  const isAligned = (pattern === 'rows' ? kept.rows : kept.columns) % 2 === 0;
  const pairs = pattern === 'one' ? 'single' : isAligned ? 'aligned' : 'straddling';
  return texels && { view: texels, pattern, pairs, kept, shares };
}

/** The axes of a view that have more than one index. */
function axesOf([outer, reduceOuter, inner, reduceInner]: View): ViewAxis[] {
  const axes = [
    { size: outer, kept: true },
    { size: reduceOuter, kept: false },
    { size: inner, kept: true },
    { size: reduceInner, kept: false },
  ];
  return axes.filter(({ size }) => size > 1);
}

/** Splits off the innermost axes that have `count` elements together; an axis may be split in two. */
function splitOff(axes: readonly ViewAxis[], count: number): { rest: ViewAxis[]; inner: ViewAxis[] } | undefined {
  const rest = [...axes];
  const inner: ViewAxis[] = [];
  for (let left = count; left > 1; ) {
    const axis = rest.pop();
    if (!axis) return undefined;
    const taken = Math.min(axis.size, left);
    if (axis.size % taken !== 0 || left % taken !== 0) return undefined;
    if (taken < axis.size) rest.push({ ...axis, size: axis.size / taken });
    inner.unshift({ ...axis, size: taken });
    left /= taken;
  }
  return { rest, inner };
}

/** Axes whose innermost is taken two by two. Where others stand before it, none may be left over. */
function halved(axes: readonly ViewAxis[]): ViewAxis[] | undefined {
  const last = axes.at(-1);
  if (!last) return [];
  if (axes.length > 1 && last.size % 2 !== 0) return undefined;
  return [...axes.slice(0, -1), { ...last, size: Math.ceil(last.size / 2) }];
}

function keptExtent(axes: readonly ViewAxis[]): number {
  return axes.reduce((product, { size, kept }) => (kept ? product * size : product), 1);
}

function shareOf(axes: readonly ViewAxis[]): Share {
  const [outer, rows, inner, run] = viewOf(axes) ?? [1, 1, 1, 1];
  const digitsOf = (): Digits => {
    if (outer * inner === 1) return 'none';
    if (rows * run === 1) return 'all';
    if (inner === 1) return 'high';
    return outer === 1 && run === 1 ? 'low' : 'mixed';
  };
  return { digits: digitsOf(), numbers: [rows * inner * run, inner, run] };
}

/** How a reduction over the texels of each cell is divided. */
export interface Reduction {
  readonly cellCount: number;
  /** Texels of each cell. */
  readonly cellTexels: number;
  /** Texels of a part, and how many parts each cell has. */
  readonly partTexels: number;
  readonly parts: number;
}

/** Texels that have a sum of their own. Parts are multiples of them. */
export const BLOCK = 16;
/** The least texels of a part, where a cell has so many. */
const LEAST = 32;

/** There are about as many parts as a part has texels, so that who merges them has no more to do than who made them. */
export function reductionOf({ view }: Cells): Reduction {
  const [, rows, , run] = view;
  const cellTexels = rows * run;
  const partTexels = BLOCK * Math.ceil(Math.max(LEAST, Math.sqrt(cellTexels)) / BLOCK);
  return { cellCount: segmentCount(view), cellTexels, partTexels, parts: Math.ceil(cellTexels / partTexels) };
}
