import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright';
import { afterAll, beforeAll, expect, inject, onTestFinished } from 'vitest';
import { findChromium } from '../../../../../.ci/chromium.mjs';

/** One browser for the tests of a file. */
export function useChromium(args: readonly string[] = []): (hash?: string, options?: PageOptions) => Promise<Page> {
  let browser: Browser;
  beforeAll(async () => {
    const executablePath = findChromium();
    if (!executablePath) throw new Error('These tests need Chromium: install it, or set CHROMIUM to its path.');
    browser = await chromium.launch({ executablePath, args: ['--no-sandbox', ...args] });
  });
  afterAll(() => browser?.close());
  return (hash = '', options = {}) => openPage(browser, hash, options);
}

export interface PageOptions extends BrowserContextOptions {
  readonly address?: string;
}

/** The page in a profile of its own, ready to train. A test fails over any error in it. */
async function openPage(browser: Browser, hash: string, { address, ...options }: PageOptions): Promise<Page> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  onTestFinished(async () => {
    await context.close();
    expect(errors).toEqual([]);
  });
  await page.goto((address ?? inject('isolatedPage')) + hash);
  await ready(page);
  return page;
}

export async function ready(page: Page): Promise<void> {
  await page.locator('#train:enabled').waitFor();
}

/** Waits until so many runs are done. */
export async function done(page: Page, runs = 1): Promise<void> {
  await page.waitForFunction(
    (count) => document.querySelectorAll('#runs tr[data-status=done]').length === count,
    runs,
    { timeout: 60_000 },
  );
}

export async function train(page: Page, runs = 1): Promise<void> {
  await page.click('#train');
  await done(page, runs);
}

/** Waits for a run to be past a part of its steps. */
export async function past(page: Page, part: number): Promise<void> {
  await page.waitForFunction((least) => (document.querySelector('progress')?.value ?? 0) >= least, part, {
    timeout: 60_000,
  });
}

/** Begins to train, and pauses past a part of the first run's steps. */
export async function trainAndPause(page: Page, part: number): Promise<void> {
  await page.click('#train');
  await past(page, part);
  await page.click('#pause');
  await page.locator('#runs tr[data-status=paused]').waitFor();
}

/** Of a run's row: the number in a column. */
export async function numberIn(page: Page, column: 'Loss' | 'Accuracy' | 'Test', row = 0): Promise<number> {
  const text = await page.locator(`#runs tr >> nth=${row}`).locator(`td[data-title="${column}"]`).textContent();
  return Number.parseFloat(text ?? '');
}
