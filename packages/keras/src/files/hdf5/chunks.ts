import type { Hdf5Bytes } from './bytes.ts';
import { damaged } from './bytes.ts';
import { type Filter, unfilter } from './filters.ts';
import { treeLeaves } from './tree.ts';

/** A part of an array, stored on its own. */
export interface Chunk {
  readonly at: number;
  readonly size: number;
  readonly skipped: number;
  /** Its first element, along each axis. */
  readonly offset: readonly number[];
}

export interface ChunkedArray {
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  readonly elementSize: number;
  readonly filters: readonly Filter[];
}

/** The chunks by a tree of version 1, as h5py writes them by default. */
export function treeChunks(bytes: Hdf5Bytes, root: number, rank: number): Chunk[] {
  return treeLeaves(bytes, root, { type: 1, keySize: 16 + 8 * rank }).map(({ key, address }) => ({
    at: address,
    size: bytes.u32(key),
    skipped: bytes.u32(key + 4),
    offset: Array.from({ length: rank }, (_, axis) => bytes.u64(key + 8 + 8 * axis)),
  }));
}

/** Requires each part of the array to be there once, and chunks to have bytes of their own. */
export function checkChunks(bytes: Hdf5Bytes, at: number, { shape, chunkShape }: ChunkedArray, chunks: Chunk[]): void {
  const grid = shape.map((extent, axis) => Math.ceil(extent / (chunkShape[axis] ?? 1)));
  const expected = grid.reduce((count, extent) => count * extent, 1);
  if (chunks.length !== expected) throw damaged(at, `expected ${expected} chunks. Got ${chunks.length}.`);
  const seen = new Set<number>();
  let stored = 0;
  for (const chunk of chunks) {
    const cell = cellOf(chunk.offset, chunkShape, grid);
    if (cell === undefined || seen.has(cell))
      throw damaged(at, `expected no second chunk, and none at [${chunk.offset}].`);
    seen.add(cell);
    bytes.data(chunk.at, chunk.size);
    stored += chunk.size;
  }
  if (stored > bytes.length) throw damaged(at, 'expected chunks that do not share bytes.');
}

function cellOf(offset: readonly number[], chunkShape: readonly number[], grid: readonly number[]): number | undefined {
  let cell = 0;
  for (const [axis, extent] of grid.entries()) {
    const index = (offset[axis] ?? 0) / (chunkShape[axis] ?? 1);
    if (!Number.isInteger(index) || index >= extent) return undefined;
    cell = cell * extent + index;
  }
  return cell;
}

/** Puts the chunks together. */
export async function readChunks(bytes: Hdf5Bytes, array: ChunkedArray, chunks: readonly Chunk[]): Promise<Uint8Array> {
  const count = (shape: readonly number[]) => shape.reduce((product, extent) => product * extent, array.elementSize);
  const whole = new Uint8Array(count(array.shape));
  for (const { at, size, skipped, offset } of chunks) {
    const part = await unfilter(bytes.data(at, size), array.filters, skipped, count(array.chunkShape));
    copyChunk(part, whole, array, offset);
  }
  return whole;
}

/** Copies row by row of the last axis. Chunks at the edges reach past the array. */
function copyChunk(part: Uint8Array, whole: Uint8Array, array: ChunkedArray, offset: readonly number[]): void {
  const { shape, chunkShape, elementSize } = array;
  const last = shape.length - 1;
  const copy = (axis: number, from: number, to: number): void => {
    const start = offset[axis] ?? 0;
    const extent = Math.min(chunkShape[axis] ?? 1, (shape[axis] ?? 1) - start);
    const [fromRow, toRow] = [from * (chunkShape[axis] ?? 1), to * (shape[axis] ?? 1) + start];
    if (axis === last) {
      whole.set(part.subarray(fromRow * elementSize, (fromRow + extent) * elementSize), toRow * elementSize);
    } else {
      for (let i = 0; i < extent; i++) copy(axis + 1, fromRow + i, toRow + i);
    }
  };
  copy(0, 0, 0);
}
