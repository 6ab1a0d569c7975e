import { join } from 'node:path';
import envPaths from 'env-paths';
import type { DigitSet } from '../tutorial/digits.ts';
import { DataError } from './data-error.ts';
import { download, hasAll, MIRRORS } from './download.ts';
import { readFolder } from './folder.ts';
import { MNIST_FILES, type MnistFile } from './mnist.ts';
import { builtInDigits } from './strokes/digits.ts';

export interface DataOptions {
  /** A folder with the four files. */
  readonly folder?: string | undefined;
  /** Where downloads are kept. Default: the user's cache directory. */
  readonly cache?: string | undefined;
  /** Default: public ones. None: nothing is downloaded. */
  readonly mirrors?: readonly string[] | undefined;
  /** What the cache should hold. Default: the four files of MNIST. */
  readonly files?: readonly MnistFile[] | undefined;
  readonly onProgress?: (file: MnistFile, bytes: number) => void;
  /** Told why something else is used than was hoped for, in one line. */
  readonly onNote?: (note: string) => void;
}

/** Where downloads and checkpoints are kept, unless told otherwise. */
export function defaultCache(): string {
  return envPaths('normkit-mnist', { suffix: '' }).cache;
}

/**
 * The folder that was asked for, or MNIST from the cache, or from a mirror, or the built-in digits.
 *
 * @throws DataError where a folder was asked for and does not hold what it should.
 */
export async function chooseDigits(options: DataOptions = {}): Promise<DigitSet> {
  const {
    folder,
    cache = defaultCache(),
    mirrors = MIRRORS,
    files = Object.values(MNIST_FILES),
    onProgress,
    onNote,
  } = options;
  if (folder !== undefined) return readFolder(folder);
  const store = join(cache, 'mnist');
  try {
    if (await hasAll(store, files)) return await readFolder(store, 'MNIST, from the cache');
    if (mirrors.length === 0) return builtInDigits();
    await download(store, { files, mirrors, onProgress: onProgress ?? (() => undefined) });
    return await readFolder(store, 'MNIST, downloaded');
  } catch (error) {
    const why =
      error instanceof DataError ? error.message : `the cache ${store} cannot be used (${(error as Error).message})`;
    onNote?.(`MNIST is not to be had, so these are the built-in digits: ${why}`);
    return builtInDigits();
  }
}
