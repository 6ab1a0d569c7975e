import { deflateRawSync } from 'node:zlib';

/** How a zip is written: what packers other than Keras do. */
export interface ZipForm {
  readonly deflate?: boolean;
  readonly zip64?: boolean;
  /** Sizes and checksum stand behind the data, not before it. */
  readonly descriptors?: boolean;
  readonly comment?: string;
}

/** A zip of members, written from its specification, without the code under test. */
export function writeZip(members: Record<string, Uint8Array | string>, form: ZipForm = {}): Uint8Array {
  return writeZipOf(Object.entries(members), form);
}

/** The same from a list, in which names can be twice. */
export function writeZipOf(
  members: readonly (readonly [string, Uint8Array | string])[],
  form: ZipForm = {},
): Uint8Array {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, content] of members) {
    const data = Buffer.from(content);
    const entry = { name: Buffer.from(name), data, packed: form.deflate ? deflateRawSync(data) : data, at };
    const local = Buffer.concat([localHeader(entry, form), entry.packed, descriptor(entry, form)]);
    parts.push(local);
    directory.push(directoryEntry(entry, form));
    at += local.length;
  }
  const all = Buffer.concat(directory);
  return new Uint8Array(Buffer.concat([...parts, all, zipEnd(members.length, all.length, at, form)]));
}

interface Entry {
  readonly name: Buffer;
  readonly data: Buffer;
  readonly packed: Buffer;
  readonly at: number;
}

function localHeader({ name, data, packed }: Entry, form: ZipForm): Buffer {
  const isLater = form.descriptors === true;
  const sizes = isLater ? [0, 0, 0] : [crc(data), packed.length, data.length];
  return Buffer.concat([u32(0x04034b50), fields(form), ...sizes.map(u32), u16(name.length), u16(0), name]);
}

function descriptor({ data, packed }: Entry, form: ZipForm): Buffer {
  if (form.descriptors !== true) return Buffer.alloc(0);
  return Buffer.concat([0x08074b50, crc(data), packed.length, data.length].map(u32));
}

function directoryEntry({ name, data, packed, at }: Entry, form: ZipForm): Buffer {
  const sizes = [packed.length, data.length];
  const extra = form.zip64
    ? Buffer.concat([u16(1), u16(24), u64(data.length), u64(packed.length), u64(at)])
    : Buffer.alloc(0);
  return Buffer.concat([
    u32(0x02014b50),
    u16(20),
    fields(form),
    u32(crc(data)),
    ...sizes.map((size) => u32(form.zip64 ? 0xffffffff : size)),
    u16(name.length),
    u16(extra.length),
    Buffer.alloc(10),
    u32(form.zip64 ? 0xffffffff : at),
    name,
    extra,
  ]);
}

/** Version, flags, method, time, day. */
function fields(form: ZipForm): Buffer {
  return Buffer.concat([20, form.descriptors ? 8 : 0, form.deflate ? 8 : 0, 0, 0].map(u16));
}

function zipEnd(count: number, size: number, start: number, { zip64, comment = '' }: ZipForm): Buffer {
  const wide = Buffer.concat([
    ...[u32(0x06064b50), u64(44), u16(45), u16(45), u32(0), u32(0)],
    ...[count, count, size, start].map(u64),
    ...[u32(0x07064b50), u32(0), u64(start + size), u32(1)],
  ]);
  const [count16, size32, start32] = zip64 ? [0xffff, 0xffffffff, 0xffffffff] : [count, size, start];
  return Buffer.concat([
    zip64 ? wide : Buffer.alloc(0),
    ...[u32(0x06054b50), u16(0), u16(0), u16(count16), u16(count16), u32(size32), u32(start32)],
    u16(comment.length),
    Buffer.from(comment),
  ]);
}

/** CRC-32 bit by bit. */
function crc(data: Buffer): number {
  let value = 0xffffffff;
  for (const byte of data) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return ~value >>> 0;
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}
