import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { DigitSet } from '../tutorial/digits.ts';
import { packed, type Saved, unpacked } from './checkpoint-bytes.ts';
import { Refusal } from './refusal.ts';

/** Five million steps of 24 bytes, and the model with its optimizer, 11 MB. */
const MOST_BYTES = 2 ** 27;

/** Differs between data sets: training begun on one must not go on with another. */
export function fingerprintOf({ train }: DigitSet): string {
  return createHash('sha256').update(train.labels).update(train.images).digest('hex');
}

/** Whole or not at all: the file has its name only when it is complete. */
export async function saveCheckpoint(path: string, saved: Saved): Promise<void> {
  const bytes = packed(saved);
  if (bytes.length > MOST_BYTES) throw new Error(`a checkpoint of ${bytes.length} bytes is too large to go on from`);
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.part`;
  // Anew: whatever lies there, a link elsewhere for instance, is not written through.
  await rm(part, { force: true });
  await writeFile(part, bytes, { flag: 'wx' });
  await rename(part, path);
}

/**
 * `undefined` where there is none.
 *
 * @throws Refusal where it is not what this version writes.
 */
export async function loadCheckpoint(path: string): Promise<Saved | undefined> {
  try {
    const found = await stat(path);
    const saved = found.isFile() && found.size <= MOST_BYTES ? unpacked(await readFile(path)) : undefined;
    if (!saved) throw unusable(path, 'it is damaged, or another version wrote it');
    return saved;
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unusable(path, `it cannot be read (${code})`);
  }
}

/** What is said of a checkpoint that is no good. */
export function unusable(path: string, reason: string): Refusal {
  return new Refusal(`The checkpoint ${path} is of no use: ${reason}. Delete it, or leave out --resume to start anew.`);
}

export async function removeCheckpoint(path: string): Promise<void> {
  await rm(path, { force: true });
}
