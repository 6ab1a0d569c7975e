import { MOST_RATIO } from '../unfolding.ts';
import { damaged, type Hdf5Bytes, unsupported } from './bytes.ts';
import { type Chunk, type ChunkedArray, checkChunks, readChunks, treeChunks } from './chunks.ts';
import { DEFLATE, type Filter } from './filters.ts';

/** Where an array's bytes are. */
export interface Storage {
  /** Bytes of the file that belong to it. */
  readonly stored: number;
  /** The most bytes that reading allocates at once. */
  readonly unfolded: number;
  readonly read: () => Promise<Uint8Array>;
}

interface Wanted {
  readonly shape: readonly number[];
  readonly elementSize: number;
  /** Bytes of the whole array. */
  readonly size: number;
  readonly filters: readonly Filter[];
}

/** Requires all bytes of an array to be in the file. */
export function readStorage(bytes: Hdf5Bytes, at: number, wanted: Wanted): Storage {
  const version = bytes.u8(at);
  if (version !== 3 && version !== 4) throw unsupported(at, `an array's layout of version ${version}`);
  const kind = bytes.u8(at + 1);
  if (wanted.size === 0) return { stored: 0, unfolded: 0, read: () => Promise.resolve(new Uint8Array(0)) };
  if (kind === 0) return flat(bytes, at + 4, bytes.u16(at + 2), wanted.size);
  if (kind === 1) {
    const address = bytes.address(at + 2);
    if (address === undefined) throw unsupported(at, 'an array without values');
    return flat(bytes, address, bytes.u64(at + 10), wanted.size);
  }
  if (kind !== 2 || wanted.shape.length === 0) throw unsupported(at, `an array's layout of kind ${kind}`);
  return version === 3 ? treeStorage(bytes, at, wanted) : singleChunk(bytes, at, wanted);
}

function flat(bytes: Hdf5Bytes, at: number, stored: number, size: number): Storage {
  if (stored < size) throw damaged(at, `expected ${size} bytes of an array. Got ${stored}.`);
  const data = bytes.data(at, size);
  return { stored: size, unfolded: size, read: () => Promise.resolve(data) };
}

function treeStorage(bytes: Hdf5Bytes, at: number, wanted: Wanted): Storage {
  const rank = bytes.u8(at + 2) - 1;
  const root = bytes.address(at + 3);
  if (root === undefined) throw unsupported(at, 'an array without values');
  const chunkShape = chunkShapeOf(wanted, rank, at, (axis) => bytes.u32(at + 11 + 4 * axis));
  return chunked(bytes, at, { ...wanted, chunkShape }, treeChunks(bytes, root, rank));
}

/** An array in one chunk: the one form of `libver='latest'` that has no index. */
function singleChunk(bytes: Hdf5Bytes, at: number, wanted: Wanted): Storage {
  const rank = bytes.u8(at + 3) - 1;
  const width = bytes.u8(at + 4);
  if (![1, 2, 4, 8].includes(width)) throw damaged(at, `expected extents of 1, 2, 4 or 8 bytes. Got ${width}.`);
  const chunkShape = chunkShapeOf(wanted, rank, at, (axis) => bytes.unsigned(at + 5 + width * axis, width));
  const index = at + 5 + width * (rank + 1);
  if (bytes.u8(index) !== 1) throw unsupported(index, "chunks in an index of h5py's libver='latest'");
  const isFiltered = (bytes.u8(at + 2) & 2) !== 0;
  const size = isFiltered
    ? bytes.u64(index + 1)
    : chunkShape.reduce((bytes, extent) => bytes * extent, wanted.elementSize);
  const chunk = {
    at: bytes.u64(index + (isFiltered ? 13 : 1)),
    size,
    skipped: isFiltered ? bytes.u32(index + 9) : 0,
    offset: wanted.shape.map(() => 0),
  };
  return chunked(bytes, at, { ...wanted, chunkShape }, [chunk]);
}

function chunkShapeOf(wanted: Wanted, rank: number, at: number, extentOf: (axis: number) => number): number[] {
  if (rank !== wanted.shape.length) throw damaged(at, `expected chunks of ${wanted.shape.length} axes. Got ${rank}.`);
  const chunkShape = wanted.shape.map((_, axis) => extentOf(axis));
  if (chunkShape.every((extent) => extent > 0)) return chunkShape;
  throw damaged(at, `expected chunks that hold something. Got chunks of [${chunkShape}].`);
}

function chunked(bytes: Hdf5Bytes, at: number, array: ChunkedArray & Wanted, chunks: Chunk[]): Storage {
  checkChunks(bytes, at, array, chunks);
  const stored = chunks.reduce((sum, { size }) => sum + size, 0);
  // What is allocated has to be there, as deflate could pack it at best.
  const most = array.filters.some(({ id }) => id === DEFLATE) ? stored * MOST_RATIO : stored;
  if (array.size > most) throw damaged(at, `expected the bytes of [${array.shape}]. Got ${stored} in all chunks.`);
  const ofChunk = array.chunkShape.reduce((size, extent) => size * extent, array.elementSize);
  return { stored, unfolded: Math.max(array.size, ofChunk), read: () => readChunks(bytes, array, chunks) };
}
