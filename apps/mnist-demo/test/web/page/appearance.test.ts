import { createRequire } from 'node:module';
import type axe from 'axe-core';
import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { train, useChromium } from './open-page.ts';

const open = useChromium();
const axeScript = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const trained = '#norms=group,none&samples=64';

describe('the page, before and after training', () => {
  it.each([
    ['light', {}],
    ['dark', { colorScheme: 'dark' }],
    ['as wide as a phone', { viewport: { width: 360, height: 740 } }],
  ] as const)('%s: axe finds nothing, and nothing sticks out', async (_, options) => {
    const page = await open(trained, options);
    expect(await violations(page)).toEqual([]);
    await train(page, 2);
    await page.click('#keep');
    await page.locator('#kept li').waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  });
});

it('has its buttons in view at 1280 pixels, however long what a row says of its settings', async () => {
  const page = await open('#norms=instance&samples=64');
  await train(page);
  for (const [name, value] of [
    ['seed', '123456'],
    ['learningRate', '0.00123'],
    ['epochs', '2'],
    ['samples', '96'],
  ] as const)
    await page.fill(`#${name}`, value);
  await page.selectOption('#optimizer', 'rmsprop');
  await train(page, 2);
  expect(await page.locator('#runs-scroll').evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
});

it('speaks Japanese where the browser does, and changes its language at any time', async () => {
  const page = await open('#norms=group&samples=64', { locale: 'ja-JP' });
  expect(await page.textContent('h1')).toBe('正規化');
  await train(page);
  expect(await violations(page)).toEqual([]);
  expect(await page.textContent('#status')).toMatch(/^グループ・バッチ 32 の学習が終わりました/);
  const left = await page.evaluate(() =>
    document.body.textContent.match(/\b(Train|Loss|Norm|Batch|Picture|Epoch)\w*/g),
  );
  expect(left).toBeNull();
  await page.selectOption('#language', 'en');
  expect(await page.textContent('#status')).toMatch(/^Group, batch 32 is done/);
  expect(page.url()).toContain('lang=en');
});

it('has all its settings in the link, and takes them from there', async () => {
  const page = await open();
  await page.getByRole('checkbox', { name: 'RMS' }).check();
  await page.fill('#learningRate', '0.01');
  await page.selectOption('#backend', 'cpu');
  const other = await open(new URL(page.url()).hash);
  expect(await other.getByRole('checkbox', { name: 'RMS' }).isChecked()).toBe(true);
  expect(await other.inputValue('#learningRate')).toBe('0.01');
  expect(await other.inputValue('#backend')).toBe('cpu');
});

it('gives each optimizer a learning rate that suits it, unless another was asked for', async () => {
  const page = await open('#norms=group,none&samples=64');
  await train(page, 2);
  await page.selectOption('#optimizer', 'sgd');
  expect(await page.inputValue('#learningRate')).toBe('0.01');
  await page.fill('#learningRate', '0.02');
  await page.selectOption('#optimizer', 'rmsprop');
  expect(await page.inputValue('#learningRate')).toBe('0.02');
  await train(page, 4);
  expect(await page.locator('#runs .title').allTextContents()).toEqual([
    'Group, batch 32',
    'None, batch 32',
    'Group, batch 32, RMSprop',
    'None, batch 32, RMSprop',
  ]);
  const other = await open(new URL(page.url()).hash);
  expect(await other.inputValue('#optimizer')).toBe('rmsprop');
  expect(await other.inputValue('#learningRate')).toBe('0.02');
});

async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: axeScript });
  return page.evaluate(async () => {
    const { axe: checker } = globalThis as unknown as { axe: typeof axe };
    const { violations: found } = await checker.run();
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  });
}
