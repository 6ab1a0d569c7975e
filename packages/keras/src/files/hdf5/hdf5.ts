import { shapeText } from '@normkit/core/errors';
import type { ArrayFacts, ArrayFile } from '../array-file.ts';
import type { AttributeValue } from '../keras-file.ts';
import { KerasFileError } from '../keras-file-error.ts';
import { readAttributes } from './attributes.ts';
import { damaged, Hdf5Bytes, unsupported } from './bytes.ts';
import { elementCount, readShape } from './dataspace.ts';
import { type Datatype, readDatatype } from './datatype.ts';
import { readFilters } from './filters.ts';
import type { GlobalHeap } from './global-heap.ts';
import { isGroup, readLinks } from './links.ts';
import { type Message, message, readHeader } from './object-header.ts';
import { readStorage, type Storage } from './storage.ts';
import { rootAddress } from './superblock.ts';
import { valuesOf } from './values.ts';

/**
 * An HDF5 file that begins where `bytes` begins. A place is the address of a header.
 *
 * A reader of our own, because what Keras writes is a small part of HDF5 and files are not trusted. jsfive (26 kB gzipped)
 * checks no size, opens damaged headers as empty groups and makes plain arrays, eight bytes and more for each float32;
 * h5wasm is 1 MB and needs `'wasm-unsafe-eval'`.
 */
export function openHdf5(file: Uint8Array): ArrayFile<number> {
  const bytes = new Hdf5Bytes(file);
  const heap: GlobalHeap = new Map();
  const headers = new Map<number, readonly Message[]>();
  const headerAt = (place: number) => {
    const header = headers.get(place) ?? readHeader(bytes, place);
    headers.set(place, header);
    return header;
  };
  return {
    root: rootAddress(bytes),
    list: (place) => (isGroup(headerAt(place)) ? readLinks(bytes, headerAt(place)) : undefined),
    attributes: (place) => readAttributes(bytes, heap, headerAt(place)),
    dataset: (place) => readDataset(bytes, headerAt(place), () => readAttributes(bytes, heap, headerAt(place))),
  };
}

function readDataset(
  bytes: Hdf5Bytes,
  header: readonly Message[],
  attributes: () => ReadonlyMap<string, AttributeValue>,
): ArrayFacts {
  const at = (type: number) => placeOf(header, type);
  const type = readDatatype(bytes, at(message.datatype));
  const shape = readShape(bytes, at(message.dataspace));
  const filters = header.find((found) => found.type === message.filters);
  const wanted = {
    shape,
    elementSize: type.size,
    size: elementCount(shape) * type.size,
    filters: filters === undefined ? [] : readFilters(bytes, filters.at),
  };
  if (!Number.isSafeInteger(wanted.size))
    throw damaged(at(message.dataspace), `shape ${shapeText(shape)} is no array.`);
  const storage = readStorage(bytes, at(message.layout), wanted);
  const { stored, unfolded } = storage;
  return { shape, stored, unfolded, ...reader(type, storage, attributes) };
}

function placeOf(header: readonly Message[], type: number): number {
  const found = header.find((candidate) => candidate.type === type);
  if (found === undefined) throw damaged(header[0]?.at ?? 0, 'expected a group, or an array with its type and shape.');
  if (found.isShared) throw unsupported(found.at, 'a type that objects share');
  return found.at;
}

/** Keras marks the two bytes of bfloat16, which h5py has no type for, by an attribute. */
function reader(
  type: Datatype,
  storage: Storage,
  attributes: () => ReadonlyMap<string, AttributeValue>,
): Pick<ArrayFacts, 'dtype' | 'read'> {
  const isMarked = type.kind === 'opaque' && type.size === 2 && attributes().get('dtype') === 'bfloat16';
  const number: Datatype = isMarked ? { kind: 'number', dtype: 'bfloat16', size: 2, isBig: false } : type;
  if (number.kind === 'number') {
    return { dtype: number.dtype, read: async () => valuesOf(await storage.read(), number) };
  }
  const detail = `has ${number.name}. Read are floats, integers and bool.`;
  return { dtype: 'other', read: () => Promise.reject(new KerasFileError('unsupported', 'its type', detail)) };
}
