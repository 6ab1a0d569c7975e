import { open, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Options } from './options.ts';
import { Refusal } from './refusal.ts';

/**
 * Tries the files that results will be written to, so that no training is for nothing. Leaves them as they were.
 *
 * @throws Refusal where one of them cannot be written.
 */
export async function requireWritable({ report, json }: Options): Promise<void> {
  await tryFile('--report', report);
  if (json !== undefined) await tryFile('--json', json);
}

async function tryFile(flag: string, path: string): Promise<void> {
  try {
    if (await isNew(path)) await rm(path);
    else await (await open(path, 'a')).close();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Refusal(`${flag} ${path}: ${reasonOf(code, path)}.`);
  }
}

/** Whether there was no such file; then there is an empty one now. */
async function isNew(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function reasonOf(code: string | undefined, path: string): string {
  if (code === 'EISDIR') return 'it is a folder; give the name of a file';
  if (code === 'ENOENT') return `there is no folder ${dirname(path)}; make it, or give another file`;
  if (code === 'ENOTDIR') return `${dirname(path)} is not a folder; give another file`;
  return `it cannot be written (${code}); give another file`;
}
