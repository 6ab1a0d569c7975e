import { damaged, type Hdf5Bytes } from './bytes.ts';

/** Where objects of a collection lie, by their index. */
type Collection = ReadonlyMap<number, { readonly at: number; readonly size: number }>;

/** Texts of any length stand in collections, apart from the attributes that have them. Each is read once. */
export type GlobalHeap = Map<number, Collection>;

/** The text that a reference of 16 bytes means: its length, a collection, an index. */
export function longText(bytes: Hdf5Bytes, heap: GlobalHeap, at: number): string {
  const length = bytes.u32(at);
  const address = bytes.address(at + 4);
  if (length === 0 || address === undefined || address === 0) return '';
  let collection = heap.get(address);
  if (collection === undefined) {
    collection = readCollection(bytes, address);
    heap.set(address, collection);
  }
  const found = collection.get(bytes.u32(at + 12));
  if (found !== undefined && found.size >= length) return bytes.text(found.at, length).split('\0', 1)[0] ?? '';
  throw damaged(at, `expected a text of ${length} bytes in the collection at byte ${address}.`);
}

function readCollection(bytes: Hdf5Bytes, start: number): Collection {
  bytes.expect(start, 'GCOL');
  const end = start + bytes.u64(start + 8);
  const objects = new Map<number, { at: number; size: number }>();
  for (let at = start + 16; at + 16 <= end; ) {
    const index = bytes.u16(at);
    // Index 0 is what is free, at the end.
    if (index === 0) break;
    const size = bytes.u64(at + 8);
    objects.set(index, { at: at + 16, size });
    at += 16 + Math.ceil(size / 8) * 8;
  }
  return objects;
}
