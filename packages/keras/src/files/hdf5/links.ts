import type { Child } from '../array-file.ts';
import { damaged, type Hdf5Bytes, unsupported } from './bytes.ts';
import { type Message, message } from './object-header.ts';
import { readSymbols } from './symbol-table.ts';

/** What is in a group: as h5py writes it by default, or in the forms of its `libver='latest'`. */
export function readLinks(bytes: Hdf5Bytes, header: readonly Message[]): readonly Child<number>[] {
  return header.flatMap(({ type, at, size }) => {
    if (type === message.symbolTable) return readSymbols(bytes, at);
    if (type === message.link) return [readLink(bytes, at, at + size)];
    if (type !== message.linkInfo) return [];
    const heap = bytes.address(at + 2 + (bytes.u8(at + 1) & 1 ? 8 : 0));
    if (heap !== undefined) throw unsupported(at, "a group in the dense form of h5py's track_order or libver='latest'");
    return [];
  });
}

/** Whether an object is a group. */
export function isGroup(header: readonly Message[]): boolean {
  return header.some(({ type }) => type === message.symbolTable || type === message.linkInfo || type === message.link);
}

function readLink(bytes: Hdf5Bytes, start: number, end: number): Child<number> {
  if (bytes.u8(start) !== 1) throw unsupported(start, `a link of version ${bytes.u8(start)}`);
  const flags = bytes.u8(start + 1);
  const hasType = (flags & 8) !== 0;
  if (hasType && bytes.u8(start + 2) !== 0) throw unsupported(start, 'a soft or external link');
  const lengthAt = start + 2 + (hasType ? 1 : 0) + (flags & 4 ? 8 : 0) + (flags & 16 ? 1 : 0);
  const lengthBytes = 1 << (flags & 3);
  const length = bytes.unsigned(lengthAt, lengthBytes);
  const nameAt = lengthAt + lengthBytes;
  if (nameAt + length + 8 > end) throw damaged(start, 'expected a link to end in its place.');
  const place = bytes.address(nameAt + length);
  if (place === undefined) throw damaged(start, 'expected a link to something.');
  return { name: bytes.text(nameAt, length), place };
}
