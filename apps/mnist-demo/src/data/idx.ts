import { CLASSES, PIXELS, SIDE } from '../tutorial/picture.ts';
import { DataError } from './data-error.ts';

/*
 * The format of the MNIST files, as its authors describe it: big-endian int32 numbers, of which the first is a magic
 * number (0x08 for bytes, then the number of dimensions) and the others are the extents; then the bytes.
 */
const IMAGES = 0x803;
const LABELS = 0x801;

/** The pictures of an IDX file; `name` is what errors call it. */
export function imagesOf(bytes: Uint8Array, name: string): Uint8Array {
  const [count, height, width] = header(bytes, name, IMAGES, 'pictures', 3);
  if (height !== SIDE || width !== SIDE) {
    throw new DataError(`${name}: expected pictures of ${SIDE} × ${SIDE} pixels, found ${height} × ${width}.`);
  }
  return body(bytes, name, 16, (count ?? 0) * PIXELS);
}

/** The labels of an IDX file. */
export function labelsOf(bytes: Uint8Array, name: string): Uint8Array {
  const [count] = header(bytes, name, LABELS, 'labels', 1);
  const labels = body(bytes, name, 8, count ?? 0);
  const wrong = labels.findIndex((label) => label >= CLASSES);
  if (wrong >= 0)
    throw new DataError(`${name}: expected labels from 0 to 9, found ${labels[wrong]} at place ${wrong}.`);
  return labels;
}

function header(bytes: Uint8Array, name: string, magic: number, what: string, extents: number): number[] {
  const length = 4 + 4 * extents;
  if (bytes.length < length) {
    throw new DataError(`${name}: expected an IDX file of ${what}, found only ${bytes.length} bytes.`);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = view.getUint32(0);
  if (found !== magic) {
    const other = found === IMAGES ? ': pictures' : found === LABELS ? ': labels' : '';
    throw new DataError(
      `${name}: expected an IDX file of ${what} (magic number ${hex(magic)}), found ${hex(found)}${other}.`,
    );
  }
  return Array.from({ length: extents }, (_, index) => view.getUint32(4 + 4 * index));
}

function body(bytes: Uint8Array, name: string, start: number, length: number): Uint8Array {
  const found = bytes.length - start;
  if (found === length) return bytes.subarray(start);
  throw new DataError(
    `${name}: its header promises ${length} bytes of data, the file has ${found}${found < length ? '; it is cut short' : ''}.`,
  );
}

function hex(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`;
}
