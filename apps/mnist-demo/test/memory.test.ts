import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { gzipBomb } from './gzip-bomb.ts';
import { temporaryFolder } from './mnist-files.ts';
import { start, writeMnist } from './start-program.ts';

/** Megabytes. The program takes 140 before it reads anything. */
const MOST = 300;

it.each([
  [60_000, /promises 47040000 bytes of data, the file has more/],
  [100_000, /promises 78400000 bytes of data, the file has more/],
  [0xffff_ffff, /its header says 4294967295/],
])('gzip of 800 MB under a header of %d pictures is refused in one line, within 300 MB', async (pictures, reason) => {
  const folder = temporaryFolder();
  writeMnist(folder);
  writeFileSync(join(folder, 'mnist', 'train-images-idx3-ubyte.gz'), await gzipBomb(pictures));
  const { code, output, errors, memory } = await start(folder, '--data', 'mnist').ended;
  expect({ code, output }).toEqual({ code: 1, output: '' });
  expect(errors).toMatch(reason);
  expect(errors.trim()).not.toContain('\n');
  expect(memory).toBeGreaterThan(0);
  expect(memory).toBeLessThan(MOST);
});
