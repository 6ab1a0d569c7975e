import { type KerasFile, openKerasFile } from '@normkit/keras';
import { zipSync } from 'fflate';
import { beforeAll, expect, it } from 'vitest';

const weightsUrl = new URL('../fixtures/objects.weights.h5', import.meta.url).href;

let archive: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  const text = (json: unknown) => new TextEncoder().encode(JSON.stringify(json));
  const weights = new Uint8Array(await (await fetch(weightsUrl)).arrayBuffer());
  const files = { 'config.json': text({ class_name: 'Sequential', config: {} }), 'model.weights.h5': weights };
  archive = zipSync(files, { level: 6 }) as Uint8Array<ArrayBuffer>;
});

async function firstValues(file: KerasFile): Promise<unknown> {
  if (file.kind === 'config') return undefined;
  const vars = file.weights.root.groups.get('layers')?.groups.get('dense')?.groups.get('vars');
  return vars?.datasets.get('1')?.read();
}

const expected = new Float32Array([1 / 7, 2 / 7]);

it('a page whose scripts may only be its own opens a deflated archive', async () => {
  const policy = document.createElement('meta');
  policy.httpEquiv = 'Content-Security-Policy';
  policy.content = "script-src 'self'; worker-src 'self' blob:";
  document.head.append(policy);
  expect(() => new Function('return 1')()).toThrow(/unsafe-eval|Content Security Policy/);
  expect(await firstValues(await openKerasFile(new File([archive], 'model.keras')))).toEqual(expected);
});

it('an address of the site, whole or relative to the page, and a blob of the page open', async () => {
  const blob = URL.createObjectURL(new Blob([archive]));
  const relative = weightsUrl.slice(location.origin.length);
  let loaded = 0;
  const onProgress = (progress: { readonly loaded: number }) => {
    loaded = progress.loaded;
  };
  for (const source of [weightsUrl, new URL(weightsUrl), relative, blob]) {
    expect(await firstValues(await openKerasFile(source, { onProgress }))).toEqual(expected);
  }
  expect(loaded).toBe(archive.length);
});

it('a worker opens files as the page does', async () => {
  const worker = new Worker(new URL('worker.ts', import.meta.url), { type: 'module' });
  const answer = new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });
  worker.postMessage(archive);
  expect(await answer).toEqual(['keras', 'layers/dense/vars/1', expected]);
  worker.terminate();
});
