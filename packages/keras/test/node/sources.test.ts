import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { type FetchProgress, openKerasFile } from '@normkit/keras';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { archive, config, datasetsOf, fixture, fixturePath, refusal, rootOf } from '../fixtures.ts';

const folder = mkdtempSync(join(tmpdir(), 'normkit-keras-'));
const weights = fixture('sharded_00000.weights.h5');
const index = JSON.stringify({
  metadata: {},
  weight_map: { '/a': 'model_00000.weights.h5', '/b': 'model_00001.weights.h5' },
});
const files: Record<string, Uint8Array | string> = {
  'model.keras': archive(),
  'model.weights.json': index,
  'model_00000.weights.h5': weights,
  'model_00001.weights.h5': fixture('sharded_00001.weights.h5'),
  'page.html': '\ufeff  <!DOCTYPE html><title>Not here</title>',
  'model.json': JSON.stringify({
    format: 'layers-model',
    modelTopology: { keras_version: '2.11.0', model_config: config },
  }),
};

let server: Server;
let site = '';

beforeAll(async () => {
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  server = createServer(({ url = '' }, response) => {
    const content = files[url.slice(1).replace(/\?.*/, '')];
    if (url === '/broken.keras') {
      response.writeHead(200, { 'content-length': 1000 }).write('PK');
      setTimeout(() => response.destroy(), 20);
    } else if (content === undefined) response.writeHead(404).end('<html>');
    else response.writeHead(200, { 'content-length': Buffer.byteLength(content) }).end(content);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  rmSync(folder, { recursive: true });
  await new Promise((done) => server.close(done));
});

it('bytes, their buffer, a view in the middle, shared memory, a Buffer, a Blob and a File open', async () => {
  const bytes = archive();
  const padded = new Uint8Array(bytes.length + 5);
  padded.set(bytes, 3);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const blob = new Blob([bytes as Uint8Array<ArrayBuffer>]);
  const sources = [
    bytes,
    bytes.slice().buffer as ArrayBuffer,
    runInNewContext('new Uint8Array(bytes).buffer', { bytes: [...bytes] }),
    padded.subarray(3, 3 + bytes.length),
    shared,
    Buffer.from(bytes),
    blob,
    new (globalThis.File ?? Blob)([blob] as never, 'model.keras'),
  ];
  for (const source of sources) {
    const file = await openKerasFile(source);
    expect(file.kind).toBe('keras');
    for (const { read } of datasetsOf(rootOf(file))) await read();
  }
});

it('a path, an address of a file and an address of a server open, with progress', async () => {
  const path = join(folder, 'model.keras');
  const seen: FetchProgress[] = [];
  const onProgress = (progress: FetchProgress) => seen.push(progress);
  for (const source of [path, pathToFileURL(path), String(pathToFileURL(path)), `${site}/model.keras?x=1`]) {
    expect((await openKerasFile(source, { onProgress })).kind).toBe('keras');
  }
  const total = archive().length;
  expect(seen.at(-1)).toEqual({ loaded: total, total });
  expect(seen.map(({ loaded }) => loaded)).toEqual([...seen.map(({ loaded }) => loaded)].sort((a, b) => a - b));
  const data = `data:application/zip;base64,${Buffer.from(archive()).toString('base64')}`;
  expect((await openKerasFile(data)).kind).toBe('keras');
});

it('an error of onProgress is the caller’s own', async () => {
  const own = new Error('stop');
  const onProgress = () => {
    throw own;
  };
  await expect(openKerasFile(`${site}/model.keras`, { onProgress })).rejects.toBe(own);
});

it('shards are found beside their index, by path and by address', async () => {
  for (const source of [join(folder, 'model.weights.json'), `${site}/model.weights.json?key=1`]) {
    const file = await openKerasFile(source);
    expect(file.kind).toBe('weights');
    expect(datasetsOf(rootOf(file)).map(({ path }) => path)).toEqual([
      'layers/dense/vars/0',
      'layers/dense/vars/1',
      'layers/dense_1/vars/0',
    ]);
  }
  const bytes = new TextEncoder().encode(index);
  expect((await refusal(bytes)).message).toContain('Give its URL or path, or { beside }');
  const beside = (name: string) => files[name] as Uint8Array;
  expect(datasetsOf(rootOf(await openKerasFile(bytes, { beside })))).toHaveLength(3);
  expect(await refusal(bytes, { beside: () => archive() })).toMatchObject({
    problem: 'not-keras',
    place: 'model_00000.weights.h5, the first bytes',
  });
});

it('a config alone opens: model.to_json(), the config.json of an archive, TensorFlow.js’s model.json', async () => {
  const text = (json: unknown) => new TextEncoder().encode(`\ufeff${JSON.stringify(json)}`);
  const keras = await openKerasFile(text({ ...config, keras_version: '2.9.0' }));
  expect(keras).toMatchObject({ kind: 'config', kerasVersion: '2.9.0', config });
  expect(await openKerasFile(text(config))).toMatchObject({ kind: 'config', kerasVersion: undefined });
  const tensorflow = await openKerasFile(join(folder, 'model.json'));
  expect(tensorflow).toEqual({ kind: 'config', kerasVersion: '2.11.0', config });
});

it('what cannot be had is refused with the address', async () => {
  expect(await refusal(`${site}/none.keras`)).toMatchObject({ problem: 'source', place: `${site}/none.keras` });
  expect((await refusal(`${site}/none.keras`)).message).toContain('Got 404');
  expect(await refusal(`${site}/broken.keras`)).toMatchObject({ problem: 'source' });
  expect(await refusal('http://127.0.0.1:1/x')).toMatchObject({ problem: 'source' });
  expect(await refusal(join(folder, 'none.h5'))).toMatchObject({ problem: 'source' });
  expect((await refusal(folder)).message).toContain('A folder is a SavedModel');
  expect(await refusal(`${site}/page.html`)).toMatchObject({ problem: 'not-keras' });
  expect(await refusal('file://elsewhere/x%')).toMatchObject({ problem: 'source' });
  expect(await refusal(7 as never)).toMatchObject({ problem: 'source', place: 'the argument' });
  expect(await refusal(undefined as never)).toMatchObject({ problem: 'source' });
});

it('a source larger than maxBytes is refused, whatever it is', async () => {
  const options = { maxBytes: 100 };
  const blob = new Blob([archive() as Uint8Array<ArrayBuffer>]);
  for (const source of [archive(), blob, fixturePath('legacy.h5'), `${site}/model.keras`]) {
    expect(await refusal(source, options)).toMatchObject({ problem: 'too-large' });
  }
  for (const maxBytes of [0, -1, Number.NaN, '9']) {
    expect(await refusal(archive(), { maxBytes })).toMatchObject({ place: 'maxBytes' });
  }
});
