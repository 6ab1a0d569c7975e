import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import type { DigitSet } from '../tutorial/digits.ts';
import { DataError } from './data-error.ts';
import { readMnist } from './mnist.ts';
import type { IdxSource } from './read-idx.ts';

/**
 * MNIST, or anything in its format, from a folder with the four files, compressed or not.
 *
 * @throws DataError where a file is missing or is not what its name says.
 */
export async function readFolder(folder: string, source = `the files in ${folder}`): Promise<DigitSet> {
  await requireFolder(folder);
  return readMnist(source, (name) => fileOf(folder, name));
}

async function requireFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (!found) throw new DataError(`${folder}: there is no such folder; expected one with the four MNIST files.`);
  if (!found.isDirectory())
    throw new DataError(`${folder}: it is a file; expected a folder with the four MNIST files.`);
}

async function fileOf(folder: string, name: string): Promise<IdxSource> {
  const plain = basename(name, '.gz');
  for (const candidate of [name, plain, plain.replace('-idx', '.idx')]) {
    const path = join(folder, candidate);
    const found = await stat(path).catch(noneIfAbsent(path));
    if (found?.isFile()) return { name: path, size: found.size, stream: () => streamOf(path) };
    // A pipe or a device may never end.
    if (found) throw new DataError(`${path}: it is not a file; expected an IDX file.`);
  }
  throw new DataError(`${folder}: expected the four MNIST files, found no ${plain} and no ${name}.`);
}

function noneIfAbsent(path: string): (error: NodeJS.ErrnoException) => undefined {
  return ({ code }) => {
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw new DataError(`${path}: it cannot be read (${code}).`);
  };
}

function streamOf(path: string): ReadableStream<Uint8Array> {
  return Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
}
