import { gzipSync } from 'node:zlib';
import { expect, inject, it } from 'vitest';
import { done, train, useChromium } from './open-page.ts';

const open = useChromium();

it('loads less than a megabyte, all of it from its own server, up to a trained model', async () => {
  const page = await open();
  const bodies: Promise<readonly [string, number]>[] = [];
  page.context().on('response', (response) => {
    if (!response.url().startsWith('http')) return;
    bodies.push(response.body().then((body) => [response.url(), gzipSync(body).length] as const));
  });
  await page.goto('about:blank');
  await page.goto(`${inject('isolatedPage')}#norms=group&samples=64`);
  await page.locator('#train:enabled').waitFor();
  // Ready before any backend has come.
  expect((await Promise.all(bodies)).map(([url]) => url)).not.toContainEqual(expect.stringMatching(/wasm/));
  await train(page);
  const loaded = await Promise.all(bodies);
  expect(loaded.filter(([url]) => !url.startsWith(inject('isolatedPage')))).toEqual([]);
  expect(loaded.some(([url]) => url.endsWith('.wasm'))).toBe(true);
  expect(loaded.reduce((sum, [, bytes]) => sum + bytes, 0)).toBeLessThan(1_000_000);
});

it('says in a line that it is not isolated, and trains', async () => {
  const page = await open('#norms=group&samples=64', { address: inject('plainPage') });
  expect(await page.textContent('#notices')).toMatch(/not cross-origin isolated/);
  expect(await page.textContent('#notices')).toMatch(/This browser does not offer WebGL\..*WebGPU\./);
  expect(await page.inputValue('#backend')).toBe('wasm');
  await page.click('#train');
  await done(page);
});
