import { KerasFileError } from '../keras-file-error.ts';
import { damaged, type Hdf5Bytes, unsupported } from './bytes.ts';

/** One step of what was done to a chunk's bytes. */
export interface Filter {
  readonly id: number;
  /** Bytes of an element, for shuffle. */
  readonly stride: number;
}

/** HDF5's numbers of its own filters. */
export const DEFLATE = 1;
const [SHUFFLE, FLETCHER32] = [2, 3];

/** Filters in the order in which they were done. */
export function readFilters(bytes: Hdf5Bytes, at: number): readonly Filter[] {
  const version = bytes.u8(at);
  if (version !== 1 && version !== 2) throw unsupported(at, `filters of version ${version}`);
  const filters: Filter[] = [];
  let next = at + (version === 1 ? 8 : 2);
  for (let i = bytes.u8(at + 1); i > 0; i--) {
    const id = bytes.u16(next);
    if (id < DEFLATE || id > FLETCHER32) throw unsupported(next, filterText(id));
    // Version 2 leaves out the names of HDF5's own filters.
    const name = version === 1 ? bytes.u16(next + 2) : 0;
    const counts = next + (version === 1 ? 6 : 4);
    const count = bytes.u16(counts);
    const data = counts + 2 + Math.ceil(name / 8) * 8;
    filters.push({ id, stride: id === SHUFFLE && count > 0 ? bytes.u32(data) : 1 });
    next = data + 4 * (version === 1 ? count + (count & 1) : count);
  }
  return filters;
}

function filterText(id: number): string {
  const known: { readonly [id: number]: string } = {
    4: 'szip',
    5: 'n-bit',
    6: 'scale-offset',
    32000: 'LZF',
    32001: 'Blosc',
  };
  return `the compression ${known[id] ?? `filter ${id}`}`;
}

/** A chunk's elements, `length` bytes of them, from its bytes. A bit of `skipped` is a filter that was left out. */
export async function unfilter(
  stored: Uint8Array,
  filters: readonly Filter[],
  skipped: number,
  length: number,
): Promise<Uint8Array> {
  const done = filters.filter((_, i) => ((skipped >>> i) & 1) === 0);
  let data = stored;
  for (const [i, { id, stride }] of [...done.entries()].reverse()) {
    if (id === DEFLATE) {
      // What checksums before it added is in the data too.
      const sums = done.slice(0, i).filter((filter) => filter.id === FLETCHER32).length;
      const { inflate } = await import('../inflate.ts');
      data = inflate(data.subarray(2), length + 4 * sums);
    } else data = id === SHUFFLE ? unshuffle(data, stride) : withoutChecksum(data);
  }
  if (data.length === length) return data;
  throw new KerasFileError('damaged', 'a chunk', `expected ${length} bytes. Got ${data.length}.`);
}

/** The first bytes of all elements came first, then all second bytes, and so on. */
function unshuffle(data: Uint8Array, stride: number): Uint8Array {
  const count = Math.floor(data.length / Math.max(1, stride));
  const out = data.slice();
  for (let byte = 0; byte < stride && count > 0; byte++) {
    for (let i = 0; i < count; i++) out[i * stride + byte] = data[byte * count + i] ?? 0;
  }
  return out;
}

function withoutChecksum(data: Uint8Array): Uint8Array {
  const bytes = data.subarray(0, Math.max(0, data.length - 4));
  const sum = new DataView(data.buffer, data.byteOffset, data.byteLength);
  if (data.length >= 4 && sum.getUint32(bytes.length, true) === fletcher32(bytes)) return bytes;
  throw damaged(data.byteOffset, 'expected a chunk whose checksum fits.');
}

/** Two sums modulo 65,535 over words of 16 bits, the high byte first. */
function fletcher32(bytes: Uint8Array): number {
  let [low, high] = [0, 0];
  for (let i = 0; i < bytes.length; i += 2) {
    low = (low + (bytes[i] ?? 0) * 256 + (bytes[i + 1] ?? 0)) % 65_535;
    high = (high + low) % 65_535;
  }
  return high * 65_536 + low;
}
