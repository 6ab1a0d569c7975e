import { decodeText } from '../json-text.ts';
import { KerasFileError, nameText } from '../keras-file-error.ts';

/** A member, as the directory at the end of a zip describes it. */
export interface ZipEntry {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly unpacked: number;
  /** Where its local header begins. */
  readonly start: number;
}

export interface ZipDirectory {
  readonly entries: ReadonlyMap<string, ZipEntry>;
  /** Where the directory begins: members end before it. */
  readonly start: number;
}

/** Sizes of the records of zip, without their names. */
const [END, LOCATOR, END64, ENTRY] = [22, 20, 56, 46];

/** The members of a zip, zip64 included. Each is named once, with `/` between folders. */
export function readDirectory(bytes: Uint8Array): ZipDirectory {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { count, size, start } = readEnd(view);
  if (start + size > bytes.length || count * ENTRY > size) {
    throw damaged('its end', `expected a directory of ${count} members in ${size} bytes at byte ${start}.`);
  }
  const entries = new Map<string, ZipEntry>();
  let at = start;
  for (let i = 0; i < count; i++) {
    const { entry, end } = readEntry(bytes, view, at, start + size);
    if (entries.has(entry.name)) {
      throw damaged(entry.name, 'expected one member of this name. Got two; which one counts is not said.');
    }
    entries.set(entry.name, entry);
    at = end;
  }
  return { entries, start };
}

/** The record at the end, in front of a comment of at most 65,535 bytes. */
function readEnd(view: DataView): { count: number; size: number; start: number } {
  const first = Math.max(0, view.byteLength - END - 0xffff);
  for (let at = view.byteLength - END; at >= first; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    if (at + END + view.getUint16(at + 20, true) !== view.byteLength) continue;
    if (view.getUint16(at + 4, true) !== 0 && view.getUint16(at + 4, true) !== 0xffff) {
      throw new KerasFileError('unsupported', 'the zip', 'is one part of several. Join them, or save the model again.');
    }
    if (at >= LOCATOR && view.getUint32(at - LOCATOR, true) === 0x07064b50) return readEnd64(view, at - LOCATOR);
    return {
      count: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      start: view.getUint32(at + 16, true),
    };
  }
  const got = `Got ${view.byteLength} bytes without it`;
  throw new KerasFileError(
    'cut-off',
    'the zip',
    `expected its directory at the end. ${got}: download or copy it again.`,
  );
}

function readEnd64(view: DataView, locator: number): { count: number; size: number; start: number } {
  const at = u64(view, locator + 8);
  if (at + END64 > locator || view.getUint32(at, true) !== 0x06064b50) {
    throw damaged('its end', `expected the zip64 record at byte ${at}.`);
  }
  return { count: u64(view, at + 32), size: u64(view, at + 40), start: u64(view, at + 48) };
}

function readEntry(bytes: Uint8Array, view: DataView, at: number, limit: number): { entry: ZipEntry; end: number } {
  if (at + ENTRY > limit || view.getUint32(at, true) !== 0x02014b50) {
    throw damaged('its directory', `expected an entry at byte ${at}.`);
  }
  const length = (field: number) => view.getUint16(at + field, true);
  const nameEnd = at + ENTRY + length(28);
  const extraEnd = nameEnd + length(30);
  const end = extraEnd + length(32);
  if (end > limit) throw damaged('its directory', `expected the entry at byte ${at} to end in it.`);
  const name = memberName(bytes.subarray(at + ENTRY, nameEnd));
  if (view.getUint16(at + 8, true) & 1) {
    throw new KerasFileError('unsupported', nameText(name), 'is encrypted. Unpack the zip and pack it without.');
  }
  const sizes = [24, 20, 42].map((field) => view.getUint32(at + field, true));
  const [unpacked, packed, start] = wideFields(view, sizes, nameEnd, extraEnd);
  const [method, crc] = [view.getUint16(at + 10, true), view.getUint32(at + 16, true)];
  return { entry: { name, method, crc, packed, unpacked, start }, end };
}

/** Fields of 32 bits; where all bits are set the number stands in the extra field 1 (zip64), in the same order. */
function wideFields(view: DataView, fields: number[], at: number, end: number): [number, number, number] {
  const wide = extraField(view, at, end);
  let next = wide.start;
  return fields.map((field) => {
    if (field !== 0xffffffff) return field;
    next += 8;
    if (next > wide.end) throw damaged('its directory', 'expected the size of a member in its zip64 field.');
    return u64(view, next - 8);
  }) as [number, number, number];
}

/** With `/` between folders. Packers of Windows write names in code pages: then each byte is some letter. */
export function memberName(bytes: Uint8Array): string {
  try {
    return decodeText(bytes).replaceAll('\\', '/');
  } catch {
    return new TextDecoder('latin1').decode(bytes).replaceAll('\\', '/');
  }
}

function extraField(view: DataView, from: number, to: number): { start: number; end: number } {
  for (let at = from; at + 4 <= to; ) {
    const end = at + 4 + view.getUint16(at + 2, true);
    if (view.getUint16(at, true) === 1) return { start: at + 4, end: Math.min(to, end) };
    at = end;
  }
  return { start: to, end: to };
}

/** A number past 2^53 comes out too large for any file, and is refused as such. */
function u64(view: DataView, at: number): number {
  return view.getUint32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
}

function damaged(place: string, detail: string): KerasFileError {
  return new KerasFileError('damaged', nameText(place), `${detail} Download or copy the file again.`);
}
