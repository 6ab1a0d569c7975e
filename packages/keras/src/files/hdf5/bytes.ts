import { decodeText } from '../json-text.ts';
import { KerasFileError } from '../keras-file-error.ts';

/**
 * The bytes of an HDF5 file, read with checked places. It counts what is read: structures that point at one another in
 * circles, or over and over at the same bytes, end at a number of bytes that grows as the file does.
 */
export class Hdf5Bytes {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #left: number;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#left = READINGS * bytes.length + 65_536;
  }

  get length(): number {
    return this.#bytes.length;
  }

  u8(at: number): number {
    return this.#view.getUint8(this.#checked(at, 1));
  }

  u16(at: number): number {
    return this.#view.getUint16(this.#checked(at, 2), true);
  }

  u32(at: number): number {
    return this.#view.getUint32(this.#checked(at, 4), true);
  }

  /** A length or a number. Those past 2^53 come out inexact, and larger than any file. */
  u64(at: number): number {
    const checked = this.#checked(at, 8);
    return this.#view.getUint32(checked + 4, true) * 2 ** 32 + this.#view.getUint32(checked, true);
  }

  /** A place in the file; undefined where HDF5 says that there is nothing. */
  address(at: number): number | undefined {
    const address = this.u64(at);
    return address === 2 ** 64 ? undefined : address;
  }

  /** A number of 1, 2, 4 or 8 bytes. */
  unsigned(at: number, size: number): number {
    return size === 1 ? this.u8(at) : size === 2 ? this.u16(at) : size === 4 ? this.u32(at) : this.u64(at);
  }

  /** A view. Data of arrays is not counted: `Storage` sees to it that arrays do not share theirs. */
  data(at: number, length: number): Uint8Array {
    this.#checked(at, length, 0);
    return this.#bytes.subarray(at, at + length);
  }

  text(at: number, length: number): string {
    this.#checked(at, length);
    return decodeText(this.#bytes.subarray(at, at + length));
  }

  /** Text up to a zero byte, and at most up to a place. */
  zeroEnded(at: number, limit: number): string {
    this.#checked(at, 0);
    const end = this.#bytes.subarray(0, limit).indexOf(0, at);
    if (end < 0) throw damaged(at, 'expected a name that ends.');
    return this.text(at, end - at);
  }

  /** Requires the four letters by which a structure is known. */
  expect(at: number, letters: string): void {
    this.#checked(at, 4);
    const came = String.fromCharCode(...this.#bytes.subarray(at, at + 4));
    if (came !== letters) throw damaged(at, `expected ${letters}. Got '${came.replace(/[^ -~]/g, '?')}'.`);
  }

  #checked(at: number, length: number, counted = length): number {
    if (!(at + length <= this.#bytes.length)) {
      const detail = `expected ${length} bytes. The file has ${this.#bytes.length}: download or copy it again.`;
      throw new KerasFileError('cut-off', `byte ${at}`, detail);
    }
    // A name of no bytes costs too.
    this.#left -= counted + 1;
    if (this.#left < 0) throw damaged(at, 'structures point at the same bytes over and over.');
    return at;
  }
}

/** How often a file's structures are read at most, all in all. Real files: less than once. */
const READINGS = 4;

/** Texts of a fixed length are filled up with zeros. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decodeText(end < 0 ? bytes : bytes.subarray(0, end));
}

export function damaged(at: number, detail: string): KerasFileError {
  return new KerasFileError('damaged', `byte ${at}`, `${detail} Download or copy the file again.`);
}

export function unsupported(at: number, what: string): KerasFileError {
  const cure = "Keras writes none: open the file with Python's h5py and save it with its defaults.";
  return new KerasFileError('unsupported', `byte ${at}`, `has ${what}, which is not read. ${cure}`);
}
