import { KerasFileError } from './keras-file-error.ts';

/** What compressed parts of a file have unfolded to, and may. */
export interface Unfolding {
  /** The caller's limit. */
  readonly maxBytes: number | undefined;
  /** Bytes of the file so far. */
  packed: number;
  unfolded: number;
}

/** Without a limit of the caller's: more than weights ever compress, and than a small file needs. */
const [TIMES, AT_LEAST] = [8, 2 ** 26];

/** Deflate makes at most 258 bytes of two bits. */
export const MOST_RATIO = 1032;

/** Counts bytes that are about to be allocated. A file of a few kilobytes can ask for gigabytes: it is refused. */
export function countUnfolded(unfolding: Unfolding, bytes: number): void {
  unfolding.unfolded += bytes;
  const most = unfolding.maxBytes ?? AT_LEAST + TIMES * unfolding.packed;
  if (unfolding.unfolded > most) throw tooLarge(unfolding.unfolded, most);
}

export function tooLarge(size: number, most: number): KerasFileError {
  const cure = 'If you trust the file, give { maxBytes } a larger number.';
  return new KerasFileError('too-large', 'its size', `expected at most ${most} bytes. Got ${size} or more. ${cure}`);
}
