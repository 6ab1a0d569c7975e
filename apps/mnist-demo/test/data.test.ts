import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { chooseDigits } from '../src/data/choose.ts';
import { readFolder } from '../src/data/folder.ts';
import { MNIST_FILES, type MnistPart } from '../src/data/mnist.ts';
import { idx, mirrorOf, nameIn, send, smallMnist, temporaryFolder } from './mnist-files.ts';

type Contents = Record<MnistPart, Uint8Array>;

function folderWith(contents: Partial<Contents>, rename = (name: string) => name.replace('.gz', '')): string {
  const folder = temporaryFolder();
  for (const [part, bytes] of Object.entries(contents)) {
    writeFileSync(join(folder, rename(MNIST_FILES[part as MnistPart].name)), bytes);
  }
  return folder;
}

describe('a folder with the four files', () => {
  const { plain, packed } = smallMnist();

  it('is read, compressed or not, under both spellings', async () => {
    const folders = [
      folderWith(plain),
      folderWith(plain, (name) => name.replace('-idx', '.idx').replace('.gz', '')),
      folderWith(
        Object.fromEntries(Object.entries(MNIST_FILES).map(([part, { name }]) => [part, packed.get(name)])),
        (name) => name,
      ),
    ];
    for (const folder of folders) {
      const { train, test } = await readFolder(folder);
      expect(train.labels).toHaveLength(30);
      expect(test.images).toHaveLength(20 * 784);
      expect(Buffer.compare(train.images, plain.trainImages.subarray(16))).toBe(0);
    }
  });

  it.each<[string, Partial<Contents>, RegExp]>([
    [
      'a missing file',
      { trainLabels: undefined as never },
      /expected the four MNIST files, found no train-labels-idx1-ubyte and no train-labels-idx1-ubyte\.gz/,
    ],
    [
      'labels where pictures should be',
      { trainImages: plain.trainLabels },
      /train-images.*expected an IDX file of pictures \(magic number 0x00000803\), found 0x00000801: labels/,
    ],
    [
      'something else',
      { testLabels: new TextEncoder().encode('<!doctype html>') },
      /t10k-labels.*expected an IDX file of labels.*found 0x3c21646f\./,
    ],
    [
      'an empty file',
      { testImages: new Uint8Array(0) },
      /t10k-images.*expected an IDX file of pictures, found only 0 bytes/,
    ],
    [
      'a file that is cut short',
      { trainImages: plain.trainImages.subarray(0, 1000) },
      /train-images.*promises 23520 bytes of data, the file has 984; it is cut short/,
    ],
    [
      'a file that goes on',
      { testLabels: new Uint8Array([...plain.testLabels, 1]) },
      /t10k-labels.*promises 20 bytes of data, the file has more/,
    ],
    [
      'damaged gzip',
      { trainLabels: (packed.get('train-labels-idx1-ubyte.gz') ?? new Uint8Array()).subarray(0, 20) },
      /train-labels.*damaged or cut short/,
    ],
    [
      'pictures of another size',
      { testImages: idx(0x803, [1, 2, 2], new Uint8Array(4)) },
      /t10k-images.*expected pictures of 28 × 28 pixels, found 2 × 2/,
    ],
    [
      'gzip that goes on',
      { testLabels: gzipSync(new Uint8Array([...plain.testLabels, 1])) },
      /t10k-labels.*promises 20 bytes of data, the file has more/,
    ],
    [
      'a header that promises more than the program takes',
      { trainImages: idx(0x803, [100_001, 28, 28], new Uint8Array(0)) },
      /train-images.*expected at most 100000 pictures, its header says 100001/,
    ],
    [
      'labels without end',
      { trainLabels: idx(0x801, [0xffff_ffff], new Uint8Array(0)) },
      /train-labels.*expected at most 100000 labels, its header says 4294967295/,
    ],
    [
      'a label of 10',
      { testLabels: idx(0x801, [20], new Uint8Array(20).fill(10)) },
      /t10k-labels.*expected labels from 0 to 9, found 10 at place 0/,
    ],
    [
      'labels of another split',
      { trainLabels: plain.testLabels },
      /train-labels.*expected a label for each of the 30 pictures.*found 20/,
    ],
    [
      'no pictures',
      { testImages: idx(0x803, [0, 28, 28], new Uint8Array(0)), testLabels: idx(0x801, [0], new Uint8Array(0)) },
      /t10k-images.*expected pictures, found none/,
    ],
  ])('with %s is refused by name', async (_, change, message) => {
    const contents = Object.fromEntries(
      Object.entries({ ...plain, ...change }).filter(([, bytes]) => bytes),
    ) as Contents;
    await expect(readFolder(folderWith(contents))).rejects.toThrow(message);
  });

  it('with a device for a file is refused, and not read', async () => {
    const folder = folderWith({});
    symlinkSync('/dev/zero', join(folder, 'train-images-idx3-ubyte'));
    await expect(readFolder(folder)).rejects.toThrow(/train-images-idx3-ubyte: it is not a file; expected an IDX file/);
  });

  it('with a file larger than any of this kind is refused, and not read', async () => {
    const folder = folderWith({});
    writeFileSync(join(folder, 'train-images-idx3-ubyte'), '');
    truncateSync(join(folder, 'train-images-idx3-ubyte'), 2 ** 33);
    await expect(readFolder(folder)).rejects.toThrow(/expected an IDX file of pictures, found 8589934592 bytes/);
  });

  it('that is not there is refused, and nothing else is used instead', async () => {
    await expect(chooseDigits({ folder: '/no/such/folder', mirrors: [] })).rejects.toThrow(
      /^\/no\/such\/folder: there is no such folder/,
    );
  });

  it('that is a file is refused as one', async () => {
    const file = join(temporaryFolder(), 'a-file');
    writeFileSync(file, '');
    await expect(readFolder(file)).rejects.toThrow(/a-file: it is a file; expected a folder/);
  });
});

describe('a download', () => {
  const { packed, files } = smallMnist();

  async function choose(mirrors: readonly string[], cache = temporaryFolder()) {
    const notes: string[] = [];
    const progress: number[] = [];
    const digits = await chooseDigits({
      cache,
      mirrors,
      files,
      onProgress: (_, bytes) => progress.push(bytes),
      onNote: (note) => notes.push(note),
    });
    return { digits, notes, progress, stored: readdirSync(join(cache, 'mnist')).sort() };
  }

  it('is kept, and the next time needs no mirror', async () => {
    const cache = temporaryFolder();
    const mirror = await mirrorOf((request, response) => send(packed.get(nameIn(request)), request, response));
    const { digits, notes, progress, stored } = await choose([mirror], cache);
    expect(digits.source).toBe('MNIST, downloaded');
    expect(notes).toEqual([]);
    expect(progress.length).toBeGreaterThan(0);
    expect(stored).toEqual([...packed.keys()].sort());
    const again = await choose([], cache);
    expect(again.digits.source).toBe('MNIST, from the cache');
    expect(Buffer.compare(again.digits.train.images, digits.train.images)).toBe(0);
  });

  it('goes on where it was cut short, and falls to the next mirror', async () => {
    const ranges: (string | undefined)[] = [];
    const [large] = [...packed.keys()];
    const cache = temporaryFolder();
    const broken = await mirrorOf(async (request, response) => {
      const bytes = packed.get(nameIn(request)) ?? new Uint8Array();
      response.writeHead(200, { 'content-length': bytes.length });
      response.write(bytes.subarray(0, 500));
      const part = join(cache, 'mnist', `${nameIn(request)}.part`);
      // It breaks off once what it has sent is kept.
      if (bytes.length > 500) await expect.poll(() => statSync(part, { throwIfNoEntry: false })?.size).toBe(500);
      response.destroy();
    });
    const whole = await mirrorOf((request, response) => {
      if (nameIn(request) === large) ranges.push(request.headers.range);
      send(packed.get(nameIn(request)), request, response);
    });
    const { digits } = await choose([broken, whole], cache);
    expect(digits.source).toBe('MNIST, downloaded');
    expect(ranges).toEqual(['bytes=500-']);
  });

  it.each<[string, (request: Parameters<typeof send>[1], response: Parameters<typeof send>[2]) => void, RegExp]>([
    ['a mirror that has no such file', (_, response) => void response.writeHead(404).end(), /status 404/],
    [
      'a mirror with another file under the name',
      (request, response) =>
        send(
          (packed.get(nameIn(request)) ?? new Uint8Array()).map((byte) => byte ^ 1),
          request,
          response,
        ),
      /its SHA-256 is [0-9a-f]{64}, not [0-9a-f]{64}/,
    ],
    [
      'a file that is too long',
      (request, response) => send(new Uint8Array(100_000), request, response),
      /more than the \d+ bytes expected/,
    ],
    [
      'a file that says that it is too long',
      (_, response) => void response.writeHead(200, { 'content-length': 1e9 }).flushHeaders(),
      /more than the \d+ bytes expected/,
    ],
    [
      'a file that is far larger unpacked',
      (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(new Uint8Array(1e8))),
      /more than the \d+ bytes expected/,
    ],
    ['a file that is too short', (_, response) => void response.end('no'), /2 of \d+ bytes came/],
  ])('from %s falls back to the built-in digits, in one line', async (_, answer, why) => {
    const { digits, notes, stored } = await choose([await mirrorOf(answer)]);
    expect(digits.source).toMatch(/^built-in digits/);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(why);
    expect(notes[0]).not.toContain('\n');
    expect(stored.filter((name) => !name.endsWith('.part'))).toEqual([]);
  });

  it('does not go on from what was another file, and takes the next mirror', async () => {
    const page = await mirrorOf((_, response) => void response.end('<!doctype html>'));
    const whole = await mirrorOf((request, response) => send(packed.get(nameIn(request)), request, response));
    const { digits, notes } = await choose([page, whole]);
    expect(digits.source).toBe('MNIST, downloaded');
    expect(notes).toEqual([]);
  });

  it('is not written through a link that lies in its way', async () => {
    const cache = temporaryFolder();
    const other = join(temporaryFolder(), 'other');
    writeFileSync(other, 'as it was');
    mkdirSync(join(cache, 'mnist'));
    for (const name of packed.keys()) symlinkSync(other, join(cache, 'mnist', `${name}.part`));
    const mirror = await mirrorOf((request, response) => send(packed.get(nameIn(request)), request, response));
    expect((await choose([mirror], cache)).digits.source).toBe('MNIST, downloaded');
    expect(readFileSync(other, 'utf8')).toBe('as it was');
  });

  it('from nowhere does so too', async () => {
    const { digits, notes } = await choose(['http://127.0.0.1:9/']);
    expect(digits.source).toMatch(/^built-in digits/);
    expect(notes[0]).toMatch(/127\.0\.0\.1:9: (ECONNREFUSED|bad port)/);
  });

  it('does not take a damaged file in the cache for a whole one', async () => {
    const cache = temporaryFolder();
    mkdirSync(join(cache, 'mnist'));
    for (const [name, bytes] of packed)
      writeFileSync(
        join(cache, 'mnist', name),
        bytes.map((byte, index) => (index === 9 ? byte ^ 1 : byte)),
      );
    const mirror = await mirrorOf((request, response) => send(packed.get(nameIn(request)), request, response));
    expect((await choose([mirror], cache)).digits.source).toBe('MNIST, downloaded');
  });

  it('to a cache that cannot be written to falls back as well', async () => {
    const file = join(temporaryFolder(), 'a-file');
    writeFileSync(file, '');
    const notes: string[] = [];
    const onNote = (note: string) => notes.push(note);
    const digits = await chooseDigits({ cache: file, mirrors: ['http://127.0.0.1:9/'], files, onNote });
    expect(digits.source).toMatch(/^built-in digits/);
    expect(notes[0]).toMatch(/the cache .* cannot be used/);
  });
});
