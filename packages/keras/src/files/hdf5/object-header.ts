import { damaged, type Hdf5Bytes } from './bytes.ts';

/** A part of an object's header. */
export interface Message {
  readonly type: number;
  readonly at: number;
  readonly size: number;
  /** Whether the message stands elsewhere, for several objects. */
  readonly isShared: boolean;
}

/** HDF5's numbers for the messages that are read. */
export const message = {
  dataspace: 1,
  linkInfo: 2,
  datatype: 3,
  link: 6,
  layout: 8,
  filters: 11,
  attribute: 12,
  continuation: 16,
  symbolTable: 17,
  attributeInfo: 21,
} as const;

interface Block {
  readonly at: number;
  readonly end: number;
}

/** The messages of a group or dataset, of all blocks of its header. */
export function readHeader(bytes: Hdf5Bytes, at: number): readonly Message[] {
  const version = bytes.u8(at);
  if (version === 1) return readBlocks(bytes, { at: at + 16, end: at + 16 + bytes.u32(at + 8) }, oldMessages);
  bytes.expect(at, 'OHDR');
  if (bytes.u8(at + 4) !== 2) throw damaged(at, 'expected a header of version 2.');
  const flags = bytes.u8(at + 5);
  const sizeAt = at + 6 + (flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0);
  const sizeBytes = 1 << (flags & 3);
  const start = sizeAt + sizeBytes;
  const first = { at: start, end: start + bytes.unsigned(sizeAt, sizeBytes) };
  const head = flags & 4 ? 6 : 4;
  return readBlocks(bytes, first, (block) => newMessages(bytes, block, head, block === first));
}

/** The old header counts its messages in 16 bits. */
const MOST = 65_535;

function readBlocks(
  bytes: Hdf5Bytes,
  first: Block,
  messagesOf: (block: Block, bytes: Hdf5Bytes) => Message[],
): Message[] {
  const [blocks, messages]: [Block[], Message[]] = [[first], []];
  for (const block of blocks) {
    for (const found of messagesOf(block, bytes)) {
      messages.push(found);
      if (messages.length > MOST) throw damaged(found.at, `expected at most ${MOST} parts of a header.`);
      if (found.type !== message.continuation) continue;
      const start = bytes.u64(found.at);
      blocks.push({ at: start, end: start + bytes.u64(found.at + 8) });
    }
  }
  return messages;
}

function oldMessages({ at: start, end }: Block, bytes: Hdf5Bytes): Message[] {
  const messages: Message[] = [];
  for (let at = start; at + 8 <= end; ) {
    const size = bytes.u16(at + 2);
    messages.push(checked(end, { type: bytes.u16(at), at: at + 8, size, isShared: (bytes.u8(at + 4) & 2) !== 0 }));
    at += 8 + size;
  }
  return messages;
}

/** Messages of version 2. Blocks but the first begin with letters, and end with a checksum. */
function newMessages(bytes: Hdf5Bytes, block: Block, head: number, isFirst: boolean): Message[] {
  const messages: Message[] = [];
  if (!isFirst) bytes.expect(block.at, 'OCHK');
  const end = isFirst ? block.end : block.end - 4;
  for (let at = isFirst ? block.at : block.at + 4; at + head <= end; ) {
    const size = bytes.u16(at + 1);
    const isShared = (bytes.u8(at + 3) & 2) !== 0;
    messages.push(checked(end, { type: bytes.u8(at), at: at + head, size, isShared }));
    at += head + size;
  }
  return messages;
}

function checked(end: number, found: Message): Message {
  if (found.at + found.size > end) throw damaged(found.at, 'expected a part of a header to end in it.');
  return found;
}
