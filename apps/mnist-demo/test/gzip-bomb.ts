import { once } from 'node:events';
import { createGzip } from 'node:zlib';
import { idx } from './mnist-files.ts';

/** Gzip of an IDX file of pictures that goes on with zeros: 800 MB in 0.8 MB. */
export async function gzipBomb(pictures: number): Promise<Buffer> {
  const gzip = createGzip();
  const chunks: Buffer[] = [];
  gzip.on('data', (chunk) => chunks.push(chunk));
  const zeros = new Uint8Array(2 ** 20);
  gzip.write(idx(0x803, [pictures, 28, 28], new Uint8Array(0)));
  for (let megabyte = 0; megabyte < 800; megabyte++) {
    await new Promise((resolve) => gzip.write(zeros, resolve));
  }
  gzip.end();
  await once(gzip, 'end');
  return Buffer.concat(chunks);
}
