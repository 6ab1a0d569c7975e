import { damaged, type Hdf5Bytes, unsupported } from './bytes.ts';

/** The extents of an array; none for a scalar, and `[0]` where there is nothing at all. */
export function readShape(bytes: Hdf5Bytes, at: number): readonly number[] {
  const version = bytes.u8(at);
  const rank = bytes.u8(at + 1);
  if (version !== 1 && version !== 2) throw unsupported(at, `a shape of version ${version}`);
  if (rank > 32) throw damaged(at, `expected at most 32 extents. Got ${rank}.`);
  if (version === 2 && bytes.u8(at + 3) === 2) return [0];
  const start = at + (version === 1 ? 8 : 4);
  return Array.from({ length: rank }, (_, axis) => bytes.u64(start + 8 * axis));
}

/** The number of elements: exact, or larger than any file. */
export function elementCount(shape: readonly number[]): number {
  return shape.includes(0) ? 0 : shape.reduce((count, extent) => count * extent, 1);
}
