import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { SIDE } from '@normkit/shelf/tutorial/picture';
import { onTestFinished } from 'vitest';
import { MNIST_FILES, type MnistFile, type MnistPart } from '../src/data/mnist.ts';
import { drawDigits } from '../src/data/strokes/digits.ts';

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'normkit-mnist-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Four files in MNIST's format with a few drawn digits, and what their sizes and hashes are. */
export function smallMnist(): {
  packed: Map<string, Uint8Array>;
  files: MnistFile[];
  plain: Record<MnistPart, Uint8Array>;
} {
  const [train, test] = [drawDigits(30, 'train'), drawDigits(20, 'test')];
  const plain = {
    trainImages: idx(0x803, [30, SIDE, SIDE], train.images),
    trainLabels: idx(0x801, [30], train.labels),
    testImages: idx(0x803, [20, SIDE, SIDE], test.images),
    testLabels: idx(0x801, [20], test.labels),
  };
  const packed = new Map<string, Uint8Array>();
  const files = Object.entries(plain).map(([part, bytes]): MnistFile => {
    const { name } = MNIST_FILES[part as MnistPart];
    const gzip = gzipSync(bytes);
    packed.set(name, gzip);
    return { name, bytes: gzip.length, sha256: createHash('sha256').update(gzip).digest('hex') };
  });
  return { packed, files, plain };
}

export function idx(magic: number, extents: readonly number[], data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * extents.length + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, magic);
  for (const [index, extent] of extents.entries()) view.setUint32(4 + 4 * index, extent);
  bytes.set(data, 4 + 4 * extents.length);
  return bytes;
}

/** A mirror on this machine; it is closed after the test. */
export async function mirrorOf(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** A mirror's usual answer: the file, from where a range asks for it. */
export function send(bytes: Uint8Array | undefined, request: IncomingMessage, response: ServerResponse): void {
  if (!bytes) {
    response.writeHead(404).end();
    return;
  }
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(start > 0 ? 206 : 200).end(bytes.subarray(start));
}

export function nameIn(request: IncomingMessage): string {
  return (request.url ?? '').slice(1);
}
