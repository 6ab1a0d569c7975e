import type { AttributeValue } from '../keras-file.ts';
import { inPlace, nameText } from '../keras-file-error.ts';
import { damaged, type Hdf5Bytes, textOf, unsupported } from './bytes.ts';
import { elementCount, readShape } from './dataspace.ts';
import { readDatatype } from './datatype.ts';
import { type GlobalHeap, longText } from './global-heap.ts';
import { type Message, message } from './object-header.ts';
import { valuesOf } from './values.ts';

export function readAttributes(
  bytes: Hdf5Bytes,
  heap: GlobalHeap,
  header: readonly Message[],
): ReadonlyMap<string, AttributeValue> {
  const attributes = new Map<string, AttributeValue>();
  for (const { type, at, size, isShared } of header) {
    if (type === message.attributeInfo) {
      const heapOfAttributes = bytes.address(at + 2 + (bytes.u8(at + 1) & 1 ? 2 : 0));
      if (heapOfAttributes !== undefined)
        throw unsupported(at, "attributes in the dense form of h5py's libver='latest'");
    }
    if (type !== message.attribute) continue;
    if (isShared) throw unsupported(at, 'an attribute that objects share');
    const { name, value } = readAttribute(bytes, heap, at, at + size);
    if (attributes.has(name)) throw damaged(at, `expected one attribute '${nameText(name)}'. Got two.`);
    attributes.set(name, value);
  }
  return attributes;
}

/** Version 1 pads its parts to 8 bytes; version 3 says how the name is encoded. */
function readAttribute(bytes: Hdf5Bytes, heap: GlobalHeap, at: number, end: number) {
  const version = bytes.u8(at);
  if (version < 1 || version > 3) throw unsupported(at, `an attribute of version ${version}`);
  const padded = (size: number) => (version === 1 ? Math.ceil(size / 8) * 8 : size);
  const nameAt = at + (version === 3 ? 9 : 8);
  const typeAt = nameAt + padded(bytes.u16(at + 2));
  const shapeAt = typeAt + padded(bytes.u16(at + 4));
  const dataAt = shapeAt + padded(bytes.u16(at + 6));
  const name = bytes.zeroEnded(nameAt, typeAt);
  if (version > 1 && bytes.u8(at + 1) !== 0) throw unsupported(at, 'an attribute of a type that objects share');
  const value = inPlace(`attribute '${nameText(name)}'`, () =>
    readValue(bytes, heap, { typeAt, shapeAt, dataAt, end }),
  );
  return { name, value };
}

interface Parts {
  readonly typeAt: number;
  readonly shapeAt: number;
  readonly dataAt: number;
  readonly end: number;
}

function readValue(bytes: Hdf5Bytes, heap: GlobalHeap, { typeAt, shapeAt, dataAt, end }: Parts): AttributeValue {
  const type = readDatatype(bytes, typeAt);
  const shape = readShape(bytes, shapeAt);
  const count = elementCount(shape);
  if (dataAt + count * type.size > end)
    throw damaged(dataAt, `expected ${count} elements within ${end - dataAt} bytes.`);
  const places = Array.from({ length: count * type.size === 0 ? 0 : count }, (_, i) => dataAt + i * type.size);
  if (type.kind === 'text')
    return single(
      shape,
      places.map((at) => textOf(bytes.data(at, type.size))),
    );
  if (type.kind === 'long-text')
    return single(
      shape,
      places.map((at) => longText(bytes, heap, at)),
    );
  if (type.kind !== 'number') return undefined;
  return single(shape, Array.from(valuesOf(bytes.data(dataAt, count * type.size), type), Number));
}

function single<Value extends string | number>(shape: readonly number[], values: Value[]): Value | Value[] | undefined {
  return shape.length === 0 ? values[0] : values;
}
