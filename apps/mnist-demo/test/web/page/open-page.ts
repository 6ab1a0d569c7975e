import { launchChromium } from '@normkit/shelf/chromium';
import type { Browser, BrowserContextOptions, Page } from 'playwright';
import { afterAll, beforeAll, expect, inject, onTestFinished } from 'vitest';

/** So that the page begins with WebAssembly on every machine. */
const WITHOUT_WEBGL = ['--disable-gpu', '--disable-software-rasterizer'];

/** One browser for the tests of a file. */
export function useChromium(
  flags: readonly string[] = WITHOUT_WEBGL,
): (hash?: string, options?: PageOptions) => Promise<Page> {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(flags);
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
  // The test's own limit is the only one.
  context.setDefaultTimeout(0);
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
  await page.waitForFunction((count) => document.querySelectorAll('#runs tr[data-status=done]').length === count, runs);
}

export async function train(page: Page, runs = 1): Promise<void> {
  await page.click('#train');
  await done(page, runs);
}

/**
 * Takes the run in training over to these backends, and waits on each until the run has gone on there. Within the page:
 * on a busy machine a click from outside may come when the run is over.
 */
export function takeTo(page: Page, backends: readonly string[]): Promise<void> {
  return page.evaluate(async (names) => {
    const select = document.querySelector<HTMLSelectElement>('#backend');
    const progress = () => document.querySelector('progress')?.value ?? 0;
    const label = () => document.querySelector('#runs small')?.textContent;
    for (const name of names) {
      if (!select) return;
      select.value = name;
      select.dispatchEvent(new Event('change', { bubbles: true }));
      while (label() !== select.selectedOptions[0]?.textContent) await new Promise(requestAnimationFrame);
      for (const begun = progress(); progress() <= begun; ) await new Promise(requestAnimationFrame);
    }
  }, backends);
}

/** Waits for a run to be past a part of its steps. */
export async function past(page: Page, part: number): Promise<void> {
  await page.waitForFunction((least) => (document.querySelector('progress')?.value ?? 0) >= least, part);
}

/**
 * Begins to train, and pauses past a part of the first run's steps. Within the page: on a busy machine a click from
 * outside may come when the run is over.
 */
export async function trainAndPause(page: Page, part: number): Promise<void> {
  await page.click('#train');
  await page.waitForFunction((least) => {
    if ((document.querySelector('progress')?.value ?? 0) < least) return false;
    document.querySelector<HTMLButtonElement>('#pause')?.click();
    return true;
  }, part);
  await page.locator('#runs tr[data-status=paused]').waitFor();
}

/** Of a run's row: the number in a column. */
export async function numberIn(page: Page, column: 'Loss' | 'Accuracy' | 'Test', row = 0): Promise<number> {
  const text = await page.locator(`#runs tr >> nth=${row}`).locator(`td[data-title="${column}"]`).textContent();
  return Number.parseFloat(text ?? '');
}
