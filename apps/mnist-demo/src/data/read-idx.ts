import { ByteSource } from './byte-source.ts';
import { DataError } from './data-error.ts';
import { bodyOf, headerLength, type IdxKind, wholeLength } from './idx.ts';

/** A file that is not read yet: a `File` of the browser is one. */
export interface IdxSource {
  readonly name: string;
  /** Bytes, as they lie on the disk. */
  readonly size: number;
  stream(): ReadableStream<Uint8Array>;
}

/** What was read of a file: its pictures or labels, and what errors call it. */
export interface IdxFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/** More than the largest IDX file of {@link wholeLength} has (78 MB), compressed or not. */
const MOST_BYTES = 2 ** 27;
/** Browsers unpack a piece whole before anybody can stop them, and gzip's bytes become up to 1032 times as many: 4 MB. */
const PIECE = 2 ** 12;

/**
 * An IDX file, unpacked where it is gzip. Reads no more than a byte past what its header promises, which is enough to
 * see that there is more.
 *
 * @throws DataError where it is larger than such files are, cannot be read or unpacked, or is not what its header says.
 */
export async function readIdx(file: IdxSource, kind: IdxKind): Promise<IdxFile> {
  const { name, size } = file;
  if (size > MOST_BYTES) {
    throw new DataError(`${name}: expected an IDX file of ${kind.what}, found ${size} bytes; none is so large.`);
  }
  const packed = new ByteSource(file.stream());
  let isGzip = false;
  try {
    const [first, second] = await packed.peek();
    isGzip = first === 0x1f && second === 0x8b;
    const bytes = isGzip ? unpacked(packed) : packed;
    try {
      return { name, data: bodyOf(await promised(bytes, name, kind), name, kind) };
    } finally {
      await bytes.cancel();
    }
  } catch (error) {
    if (error instanceof DataError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    throw new DataError(
      isGzip
        ? `${name}: the gzip file is damaged or cut short (${message}).`
        : `${name}: it cannot be read (${code ?? message}).`,
    );
  }
}

function unpacked(packed: ByteSource): ByteSource {
  const pieces = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      const piece = await packed.next(PIECE);
      if (piece.length > 0) controller.enqueue(piece);
      else controller.close();
    },
    cancel: () => packed.cancel(),
  });
  const gunzip = new DecompressionStream('gzip') as ReadableWritablePair<Uint8Array, Uint8Array>;
  return new ByteSource(pieces.pipeThrough(gunzip));
}

/** What the header promises, or what there is of it; and a byte more where there is more. */
async function promised(source: ByteSource, name: string, kind: IdxKind): Promise<Uint8Array> {
  const header = new Uint8Array(headerLength(kind));
  const found = await source.fill(header, 0);
  if (found < header.length) return header.subarray(0, found);
  const bytes = new Uint8Array(wholeLength(header, name, kind) + 1);
  bytes.set(header);
  return bytes.subarray(0, await source.fill(bytes, header.length));
}
