import { Inflate } from 'fflate';
import { KerasFileError } from './keras-file-error.ts';
import { MOST_RATIO } from './unfolding.ts';

/** Bytes given to the inflater at once: it may hold 1032 times as many before the length is looked at again. */
const STEP = 32_768;

/**
 * Unfolds raw deflate to a length that the file says. The length is believed only up to what so many bytes can unfold
 * to, and nothing is unfolded past it.
 */
export function inflate(deflated: Uint8Array, length: number): Uint8Array {
  const expected = `expected compressed data of ${length} bytes`;
  if (length > deflated.length * MOST_RATIO) {
    throw new KerasFileError('damaged', 'its data', `${expected}. Got ${deflated.length}, which cannot be so much.`);
  }
  const unfolded = new Uint8Array(length);
  let filled = 0;
  const stream = new Inflate((chunk) => {
    if (filled + chunk.length <= length) unfolded.set(chunk, filled);
    filled += chunk.length;
  });
  for (let at = 0; at < deflated.length && filled <= length; at += STEP) {
    try {
      stream.push(deflated.subarray(at, at + STEP), at + STEP >= deflated.length);
    } catch (error) {
      throw new KerasFileError('damaged', 'its data', `${expected}. The inflater says: ${(error as Error).message}.`);
    }
  }
  if (filled === length) return unfolded;
  throw new KerasFileError('damaged', 'its data', `${expected}. Got ${filled > length ? 'more' : filled}.`);
}
