/** Writes HDF5 that says whatever a test likes, in the forms of HDF5 1.8 that need the fewest words. */
export class Hdf5Writer {
  #bytes = Buffer.alloc(48);

  /** Appends bytes, and gives their address. */
  put(bytes: Uint8Array): number {
    const at = this.#bytes.length;
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    return at;
  }

  /** Where the next bytes come to lie. */
  get next(): number {
    return this.#bytes.length;
  }

  /** The file with this root. */
  finish(root: number): Uint8Array {
    const superblock = [Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), Buffer.of(2, 8, 8, 0)];
    const places = [u64(0), u64(2n ** 64n - 1n), u64(this.#bytes.length), u64(root)];
    Buffer.concat([...superblock, ...places]).copy(this.#bytes);
    return new Uint8Array(this.#bytes);
  }
}

export interface Message {
  readonly type: number;
  readonly data: Uint8Array;
}

/** An object's header. */
export function header(messages: readonly Message[]): Buffer {
  const all = Buffer.concat(
    messages.flatMap(({ type, data }) => [Buffer.of(type), u16(data.length), Buffer.of(0), data]),
  );
  return Buffer.concat([Buffer.from('OHDR'), Buffer.of(2, 2), u32(all.length), all, u32(0)]);
}

export function link(name: string, address: number): Message {
  const bytes = Buffer.from(name);
  return { type: 6, data: Buffer.concat([Buffer.of(1, 2), u32(bytes.length), bytes, u64(address)]) };
}

/** Says that an object is a group, of few links. */
export const groupMark: Message = {
  type: 2,
  data: Buffer.concat([Buffer.of(0, 0), u64(2n ** 64n - 1n), u64(2n ** 64n - 1n)]),
};

/** The type of float32. */
export const float32: Message = {
  type: 3,
  data: Buffer.concat([Buffer.of(0x11, 0x20, 0x1f, 0), u32(4), u16(0), u16(32), Buffer.of(23, 8, 0, 23), u32(127)]),
};

export function shapeMessage(shape: readonly (number | bigint)[]): Message {
  return { type: 1, data: Buffer.concat([Buffer.of(2, shape.length, 0, 1), ...shape.map(u64)]) };
}

/** A dataset of float32 in one piece. */
export function dataset(shape: readonly (number | bigint)[], address: number | bigint, size: number | bigint): Buffer {
  const layout = { type: 8, data: Buffer.concat([Buffer.of(3, 1), u64(address), u64(size)]) };
  return header([shapeMessage(shape), float32, layout]);
}

/** An attribute that lists texts, all of them the same one of a collection. */
export function textsAttribute(name: string, count: number, length: number, collection: number): Message {
  const text = Buffer.concat([Buffer.of(0x19, 1, 0, 0), u32(16), Buffer.of(0x13, 0, 0, 0), u32(1)]);
  const shape = shapeMessage([count]).data;
  const reference = Buffer.concat([u32(length), u64(collection), u32(1)]);
  const head = Buffer.concat([
    Buffer.of(3, 0),
    u16(name.length + 1),
    u16(text.length),
    u16(shape.length),
    Buffer.of(0),
  ]);
  const data = Buffer.concat([head, Buffer.from(`${name}\0`), text, shape, ...Array<Buffer>(count).fill(reference)]);
  return { type: 12, data };
}

/** A collection with one text. */
export function collection(text: Uint8Array): Buffer {
  const object = Buffer.concat([u16(1), u16(0), u32(0), u64(text.length), text]);
  return Buffer.concat([Buffer.from('GCOL'), Buffer.of(1, 0, 0, 0), u64(16 + object.length), object]);
}

export function u16(value: number): Buffer {
  return numberBytes(BigInt(value), 2);
}

export function u32(value: number): Buffer {
  return numberBytes(BigInt(value), 4);
}

export function u64(value: number | bigint): Buffer {
  return numberBytes(BigInt(value), 8);
}

function numberBytes(value: bigint, width: number): Buffer {
  return Buffer.from(Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * i)) & 255n)));
}
