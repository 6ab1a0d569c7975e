import type { Values } from '../keras-file.ts';
import type { Datatype } from './datatype.ts';

type NumberType = Extract<Datatype, { kind: 'number' }>;

/** Typed arrays by dtype. Every engine's are little-endian. */
const arrays = {
  bool: Uint8Array,
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
} as const;

/** Bytes of an array as numbers: the bytes themselves where they lie as a typed array has to. */
export function valuesOf(data: Uint8Array, { dtype, size, isBig }: NumberType): Values {
  const bytes = isBig && size > 1 ? swapped(data, size) : data.byteOffset % size === 0 ? data : data.slice();
  const count = bytes.length / size;
  const buffer = bytes.buffer as ArrayBuffer;
  if (dtype === 'float16') return Float32Array.from(new Uint16Array(buffer, bytes.byteOffset, count), float16);
  if (dtype === 'bfloat16') return bfloat16(new Uint16Array(buffer, bytes.byteOffset, count));
  return new arrays[dtype](buffer, bytes.byteOffset, count);
}

function swapped(data: Uint8Array, size: number): Uint8Array {
  const bytes = data.slice();
  for (let at = 0; at < bytes.length; at += size) bytes.subarray(at, at + size).reverse();
  return bytes;
}

function float16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 0x3ff;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** bfloat16 is the upper half of a float32. */
function bfloat16(bits: Uint16Array): Float32Array {
  const wide = Uint32Array.from(bits, (half) => half * 65_536);
  return new Float32Array(wide.buffer);
}
