import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { DigitSet } from '../tutorial/digits.ts';
import type { Options } from './options.ts';
import type { Progress } from './runs.ts';

/** What it takes to go on after an interruption: what was asked for, and how far it came. */
export interface Saved {
  readonly version: 2;
  readonly options: Options;
  /** Of the data that it has been trained on. */
  readonly fingerprint: string;
  readonly progress: Progress;
}

/** Differs between data sets: training begun on one must not go on with another. */
export function fingerprintOf({ train }: DigitSet): string {
  return createHash('sha256').update(train.labels).update(train.images).digest('hex');
}

/** Whole or not at all: the file has its name only when it is complete. */
export async function saveCheckpoint(path: string, saved: Saved): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const part = `${path}.part`;
  await writeFile(part, serialize(saved));
  await rename(part, path);
}

/** `undefined` where there is none, or none that this version wrote. */
export async function loadCheckpoint(path: string): Promise<Saved | undefined> {
  try {
    const saved = deserialize(await readFile(path)) as Partial<Saved>;
    return saved.version === 2 ? (saved as Saved) : undefined;
  } catch {
    return undefined;
  }
}

export async function removeCheckpoint(path: string): Promise<void> {
  await rm(path, { force: true });
}
