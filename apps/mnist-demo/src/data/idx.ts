import { SIDE } from '@normkit/shelf/tutorial/picture';
import { DataError } from './data-error.ts';

/*
 * The format of the MNIST files, as its authors describe it: big-endian int32 numbers, of which the first is a magic
 * number (0x08 for bytes, then the number of dimensions) and the others are the extents; then the bytes.
 */
export interface IdxKind {
  readonly magic: number;
  readonly what: string;
  /** Extents of each picture or label. */
  readonly each: readonly number[];
}

export const PICTURES: IdxKind = { magic: 0x803, what: 'pictures', each: [SIDE, SIDE] };
export const LABELS: IdxKind = { magic: 0x801, what: 'labels', each: [] };

/** MNIST has 60,000. Pictures of 78 MB make the program one of 200 MB, and add 170 MB to the page's process. */
const MOST = 100_000;

/** Bytes of a file's header. */
export function headerLength({ each }: IdxKind): number {
  return 8 + 4 * each.length;
}

/**
 * Bytes that a whole file has, as its header says.
 *
 * @throws DataError where the header is of another kind of file.
 */
export function wholeLength(header: Uint8Array, name: string, kind: IdxKind): number {
  const [count = 0, ...each] = extentsOf(header, name, kind);
  if (each.join() !== kind.each.join()) {
    const [expected, found] = [kind.each.join(' × '), each.join(' × ')];
    throw new DataError(`${name}: expected pictures of ${expected} pixels, found ${found}.`);
  }
  if (count > MOST) throw new DataError(`${name}: expected at most ${MOST} ${kind.what}, its header says ${count}.`);
  return headerLength(kind) + kind.each.reduce((size, extent) => size * extent, count);
}

/**
 * The bytes after the header, of a file that has them all and no more.
 *
 * @throws DataError where it has not.
 */
export function bodyOf(bytes: Uint8Array, name: string, kind: IdxKind): Uint8Array {
  const start = headerLength(kind);
  const [expected, found] = [wholeLength(bytes, name, kind) - start, bytes.length - start];
  if (found === expected) return bytes.subarray(start);
  const amount = found > expected ? 'more' : `${found}; it is cut short`;
  throw new DataError(`${name}: its header promises ${expected} bytes of data, the file has ${amount}.`);
}

function extentsOf(bytes: Uint8Array, name: string, kind: IdxKind): number[] {
  if (bytes.length < headerLength(kind)) {
    throw new DataError(`${name}: expected an IDX file of ${kind.what}, found only ${bytes.length} bytes.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = view.getUint32(0);
  if (found !== kind.magic) {
    const other = [PICTURES, LABELS].find(({ magic }) => magic === found);
    const expected = `expected an IDX file of ${kind.what} (magic number ${hex(kind.magic)})`;
    throw new DataError(`${name}: ${expected}, found ${hex(found)}${other ? `: ${other.what}` : ''}.`);
  }
  return Array.from({ length: 1 + kind.each.length }, (_, index) => view.getUint32(4 + 4 * index));
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
