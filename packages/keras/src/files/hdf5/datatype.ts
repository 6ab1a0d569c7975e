import type { Dtype } from '../keras-file.ts';
import type { Hdf5Bytes } from './bytes.ts';

/** How one element is stored. */
export type Datatype =
  | { readonly kind: 'number'; readonly dtype: Exclude<Dtype, 'other'>; readonly size: number; readonly isBig: boolean }
  | { readonly kind: 'text' | 'long-text' | 'opaque' | 'other'; readonly name: string; readonly size: number };

/** HDF5's classes of types, in order of their numbers. */
const classes = [
  'integers',
  'floats',
  'times',
  'text',
  'bit fields',
  'opaque bytes',
  'compounds',
  'references',
  'an enumeration',
  'lists of any length',
  'arrays',
];

export function readDatatype(bytes: Hdf5Bytes, at: number): Datatype {
  const number = bytes.u8(at) & 15;
  const flags = bytes.u8(at + 1);
  const size = bytes.u32(at + 4);
  const name = `${classes[number] ?? `type ${number}`} of ${size} bytes`;
  const isBig = (flags & 1) !== 0;
  const dtype =
    number === 0 ? integerOf(bytes, at, flags, size) : number === 1 ? floatOf(bytes, at, flags, size) : undefined;
  if (dtype !== undefined) return { kind: 'number', dtype, size, isBig };
  if (number === 3) return { kind: 'text', name, size };
  if (number === 5) return { kind: 'opaque', name, size };
  // h5py writes numpy's bool as an enumeration of one byte.
  if (number === 8 && size === 1) return { kind: 'number', dtype: 'bool', size, isBig: false };
  if (number === 9 && (flags & 15) === 1 && size === 16) return { kind: 'long-text', name, size };
  return { kind: 'other', name, size };
}

/** Integers that fill their bytes. */
function integerOf(bytes: Hdf5Bytes, at: number, flags: number, size: number) {
  if (bytes.u16(at + 8) !== 0 || bytes.u16(at + 10) !== size * 8) return undefined;
  const isSigned = (flags & 8) !== 0;
  return (
    {
      1: isSigned ? 'int8' : 'uint8',
      2: isSigned ? 'int16' : 'uint16',
      4: isSigned ? 'int32' : 'uint32',
      8: isSigned ? 'int64' : 'uint64',
    } as const
  )[size];
}

/** IEEE's floats and bfloat16, known by the bits of their exponents. */
function floatOf(bytes: Hdf5Bytes, at: number, flags: number, size: number) {
  if ((flags & 0x40) !== 0 || bytes.u16(at + 8) !== 0 || bytes.u16(at + 10) !== size * 8) return undefined;
  const exponent = bytes.u8(at + 13);
  const known = { '2/5': 'float16', '2/8': 'bfloat16', '4/8': 'float32', '8/11': 'float64' } as const;
  return known[`${size}/${exponent}` as keyof typeof known];
}
