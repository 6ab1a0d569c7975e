import { createHash } from 'node:crypto';
import { appendFile, lstat, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError } from './data-error.ts';
import type { MnistFile } from './mnist.ts';

/** Public copies of the four files, tried in turn. */
export const MIRRORS = [
  'https://storage.googleapis.com/cvdf-datasets/mnist/',
  'https://ossci-datasets.s3.amazonaws.com/mnist/',
] as const;

export interface DownloadOptions {
  readonly files: readonly MnistFile[];
  readonly mirrors: readonly string[];
  readonly onProgress: (file: MnistFile, bytes: number) => void;
}

/** Without an answer for so long, a mirror counts as out of reach. */
const PATIENCE = 10_000;

/**
 * Makes the folder hold all files. Those that are there and right stay; one that was cut short is continued. A
 * file has its name only once its size and SHA-256 are right.
 *
 * @throws DataError where no mirror gives a file.
 */
export async function download(folder: string, { files, mirrors, onProgress }: DownloadOptions): Promise<void> {
  await mkdir(folder, { recursive: true });
  for (const file of files) {
    if (await isWhole(join(folder, file.name), file)) continue;
    const reasons: string[] = [];
    for (const mirror of mirrors) {
      try {
        await fetchFile(folder, file, mirror, onProgress);
        reasons.length = 0;
        break;
      } catch (error) {
        reasons.push(`${new URL(mirror).host}: ${reasonOf(error)}`);
      }
    }
    if (reasons.length > 0) throw new DataError(`${file.name} cannot be downloaded (${reasons.join('; ')}).`);
  }
}

/** Whether the folder holds all files, whole. */
export async function hasAll(folder: string, files: readonly MnistFile[]): Promise<boolean> {
  for (const file of files) if (!(await isWhole(join(folder, file.name), file))) return false;
  return true;
}

async function isWhole(path: string, file: MnistFile): Promise<boolean> {
  return (await sizeOf(path)) === file.bytes && (await hashOf(path)) === file.sha256;
}

async function fetchFile(
  folder: string,
  file: MnistFile,
  mirror: string,
  onProgress: DownloadOptions['onProgress'],
): Promise<void> {
  const part = join(folder, `${file.name}.part`);
  // What is no file of its own, a link elsewhere for instance, is not written to: it is removed below.
  const begun = await lstat(part).catch(() => undefined);
  const start = begun?.isFile() && begun.size < file.bytes ? begun.size : 0;
  let continued = false;
  const patience = new AbortController();
  let timer = setTimeout(() => patience.abort(), PATIENCE);
  try {
    const response = await fetch(new URL(file.name, mirror), {
      headers: start > 0 ? { range: `bytes=${start}-` } : {},
      signal: patience.signal,
    });
    if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
    // A server that knows no ranges sends the whole file.
    continued = start > 0 && response.status === 206;
    let bytes = continued ? start : 0;
    const announced = Number(response.headers.get('content-length') ?? 0);
    if (bytes + announced > file.bytes) throw new Error(`more than the ${file.bytes} bytes expected`);
    if (!continued) await rm(part, { force: true });
    for await (const chunk of response.body) {
      clearTimeout(timer);
      timer = setTimeout(() => patience.abort(), PATIENCE);
      bytes += chunk.length;
      if (bytes > file.bytes) throw new Error(`more than the ${file.bytes} bytes expected`);
      await appendFile(part, chunk);
      onProgress(file, bytes);
    }
    if (bytes !== file.bytes) throw new Error(`${bytes} of ${file.bytes} bytes came`);
  } finally {
    clearTimeout(timer);
    // What is left of a refused answer is not fetched.
    patience.abort();
  }
  const hash = await hashOf(part);
  if (hash !== file.sha256) {
    await rm(part);
    // What was continued may have been something else from the start: a mirror's page of an error, say.
    if (continued) return fetchFile(folder, file, mirror, onProgress);
    throw new Error(`its SHA-256 is ${hash}, not ${file.sha256}`);
  }
  await rename(part, join(folder, file.name));
}

async function sizeOf(path: string): Promise<number> {
  return (await stat(path).catch(() => undefined))?.size ?? 0;
}

async function hashOf(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

function reasonOf(error: unknown): string {
  const { name, message, cause } = error as Error & { cause?: { code?: string; message?: string } };
  return name === 'AbortError' ? 'no answer' : (cause?.code ?? cause?.message ?? message);
}
