import { listText } from '@normkit/core/errors';
import { inPlaceAsync, KerasFileError, nameText } from '../keras-file-error.ts';
import { countUnfolded, type Unfolding } from '../unfolding.ts';
import { crc32 } from './crc32.ts';
import { memberName, readDirectory, type ZipDirectory, type ZipEntry } from './directory.ts';

/** The members of a zip. */
export interface Zip {
  readonly has: (name: string) => boolean;
  /** The names of members as messages list them. */
  readonly namesText: () => string;
  /** A member's bytes: a view of the zip's where it is stored as it is. */
  readonly read: (name: string) => Promise<Uint8Array>;
}

/** Opens a zip. What its members unfold to is counted, all of them together. */
export function openZip(bytes: Uint8Array, maxBytes: number | undefined): Zip {
  const directory = readDirectory(bytes);
  const unfolding: Unfolding = { maxBytes, packed: bytes.length, unfolded: 0 };
  return {
    has: (name) => directory.entries.has(name),
    namesText: () => {
      const names = [...directory.entries.keys()];
      const shown = names.slice(0, 8).map(nameText);
      if (names.length > 8) shown.push(`${names.length - 8} more`);
      return names.length === 0 ? 'no members' : listText(shown, 'and');
    },
    read: (name) =>
      inPlaceAsync(name, () => {
        const entry = directory.entries.get(name);
        if (entry === undefined) throw new KerasFileError('not-keras', 'the zip', 'has no such member.');
        countUnfolded(unfolding, entry.unpacked);
        return readMember(bytes, directory, entry);
      }),
  };
}

async function readMember(bytes: Uint8Array, directory: ZipDirectory, entry: ZipEntry): Promise<Uint8Array> {
  const start = dataStart(bytes, directory, entry);
  const end = start + entry.packed;
  if (end > directory.start) {
    const detail = `expected ${entry.packed} bytes. Got ${Math.max(0, directory.start - start)}: download or copy it again.`;
    throw new KerasFileError('cut-off', 'its data', detail);
  }
  const data = await unpacked(bytes.subarray(start, end), entry);
  if (crc32(data) === entry.crc) return data;
  throw new KerasFileError('damaged', 'its checksum', 'does not fit its data: download or copy the file again.');
}

async function unpacked(data: Uint8Array, { method, unpacked: length }: ZipEntry): Promise<Uint8Array> {
  if (method === 8) return (await import('../inflate.ts')).inflate(data, length);
  if (method !== 0) {
    const detail = `has compression method ${method}. Read are 0 (stored) and 8 (deflated): pack the zip again.`;
    throw new KerasFileError('unsupported', 'its header', detail);
  }
  if (data.length === length) return data;
  throw new KerasFileError('damaged', 'its header', `expected one size. Got ${data.length} and ${length}.`);
}

/** The local header says again what the directory says. Where they differ, programs would read different members. */
function dataStart(bytes: Uint8Array, directory: ZipDirectory, { name, start }: ZipEntry): number {
  const header = bytes.subarray(start, Math.min(start + 30, directory.start));
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  if (header.length === 30 && view.getUint32(0, true) === 0x04034b50) {
    const nameEnd = start + 30 + view.getUint16(26, true);
    const local = memberName(bytes.subarray(start + 30, nameEnd));
    if (local === name) return nameEnd + view.getUint16(28, true);
  }
  throw new KerasFileError('damaged', 'its header', `expected a header of this name at byte ${start}.`);
}
