import { readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import type { DigitSet } from '../tutorial/digits.ts';
import { DataError } from './data-error.ts';
import { type IdxFile, MNIST_FILES, type MnistPart, mnistOf } from './mnist.ts';

/**
 * MNIST, or anything in its format, from a folder with the four files, compressed or not.
 *
 * @throws DataError where a file is missing or is not what its name says.
 */
export async function readFolder(folder: string, source = `the files in ${folder}`): Promise<DigitSet> {
  await requireFolder(folder);
  // One after the other, so that of several missing files it is always the same that is named.
  const files: Partial<Record<MnistPart, IdxFile>> = {};
  for (const part of Object.keys(MNIST_FILES) as MnistPart[])
    files[part] = await readIdx(folder, MNIST_FILES[part].name);
  return mnistOf(source, files as Record<MnistPart, IdxFile>);
}

async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (!found) throw new DataError(`${folder}: there is no such folder; expected one with the four MNIST files.`);
  if (!found.isDirectory())
    throw new DataError(`${folder}: it is a file; expected a folder with the four MNIST files.`);
}

async function readIdx(folder: string, name: string): Promise<IdxFile> {
  const plain = basename(name, '.gz');
  for (const candidate of [name, plain, plain.replace('-idx', '.idx')]) {
    const path = join(folder, candidate);
    const bytes = await readIfThere(path);
    if (bytes) return { name: path, bytes: isGzip(bytes) ? unpacked(bytes, path) : bytes };
  }
  throw new DataError(`${folder}: expected the four MNIST files, found no ${plain} and no ${name}.`);
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new DataError(`${path}: it cannot be read (${code}).`);
  }
}

function isGzip([first, second]: Uint8Array): boolean {
  return first === 0x1f && second === 0x8b;
}

function unpacked(bytes: Uint8Array, path: string): Uint8Array {
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new DataError(`${path}: the gzip file is damaged or cut short (${(error as Error).message}).`);
  }
}
