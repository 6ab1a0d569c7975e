import type { Page } from 'playwright';
import { expect, it } from 'vitest';
import { train, useChromium } from './open-page.ts';

const open = useChromium();

it('works with the keyboard alone, from the settings to what the model reads of a drawing', async () => {
  const page = await open('#norms=group&samples=4000');
  await page.keyboard.press('Tab');
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Skip to the results');
  await reach(page, 'backend');
  await reach(page, 'optimizer');
  await reach(page, 'train');
  await page.keyboard.press('Enter');
  await page.locator('#runs tr[data-status=done]').waitFor();

  await reach(page, 'clear');
  await page.keyboard.press('Enter');
  await reach(page, 'paper', 'Shift+Tab');
  await press(page, 'ArrowUp', 9);
  await page.keyboard.press('Space');
  expect(await page.textContent('#pen-state')).toBe('The pen is down.');
  await press(page, 'ArrowDown', 18);
  await page.keyboard.press('Space');
  expect(await page.textContent('#pen-state')).toBe('The pen is up.');
  await press(page, 'ArrowLeft', 9);
  await page.locator('#answer', { hasText: 'It reads 1 (' }).waitFor();

  for (const id of ['next', 'race', 'keep', 'upload']) await reach(page, id);
});

it('moves the pen aslant where two arrow keys are held, and never off the pad', async () => {
  const page = await open('#norms=group&samples=64');
  await train(page);
  await page.focus('#clear');
  await page.keyboard.press('Enter');
  await page.focus('#paper');
  await press(page, 'ArrowLeft', 40);
  await press(page, 'ArrowUp', 40);
  expect(await ink(page)).toEqual([]);
  await page.keyboard.press('Space');
  await page.keyboard.down('ArrowDown');
  for (let step = 0; step < 30; step++) await page.keyboard.down('ArrowRight');
  await page.keyboard.up('ArrowRight');
  await page.keyboard.up('ArrowDown');
  expect(await ink(page)).toEqual(['0 0', '1 1', '2 2', '3 3']);
});

it('draws on an empty pad where a test picture was shown, with the mouse and with keys, and then adds to the drawing', async () => {
  const page = await open('#norms=none&samples=64');
  await expect.poll(() => inkOfPad(page)).toBeGreaterThan(2000);
  const { x, y, width, height } = (await page.locator('#pad').boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.click(x + width / 2, y + height / 2);
  const dot = await inkOfPad(page);
  expect(dot).toBeLessThan(900);
  await page.mouse.click(x + width / 4, y + height / 4);
  expect(await inkOfPad(page)).toBe(2 * dot);
  await page.click('#next');
  await expect.poll(() => inkOfPad(page)).toBeGreaterThan(2000);
  await page.focus('#paper');
  await page.keyboard.press('Space');
  expect(await inkOfPad(page)).toBeLessThan(900);
});

async function reach(page: Page, id: string, key = 'Tab'): Promise<void> {
  for (let tab = 0; tab < 40; tab++) {
    await page.keyboard.press(key);
    if (await page.evaluate((wanted) => document.activeElement?.id === wanted, id)) return;
  }
  throw new Error(`${key} does not reach ${id}.`);
}

async function press(page: Page, key: string, times: number): Promise<void> {
  for (let time = 0; time < times; time++) await page.keyboard.press(key);
}

/** Which of the pad's 4 × 4 fields have ink in the middle. */
function ink(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const pad = document.querySelector<HTMLCanvasElement>('#pad');
    const context = pad?.getContext('2d');
    if (!pad || !context) return [];
    const at = (field: number) => Math.round((pad.width * (field + 0.5)) / 4);
    const fields = [0, 1, 2, 3].flatMap((x) => [0, 1, 2, 3].map((y) => [x, y] as const));
    return fields
      .filter(([x, y]) => (context.getImageData(at(x), at(y), 1, 1).data[0] ?? 0) > 0)
      .map((field) => field.join(' '));
  });
}

/** Pixels of the pad that are not black. */
function inkOfPad(page: Page): Promise<number> {
  return page.evaluate(() => {
    const pad = document.querySelector<HTMLCanvasElement>('#pad');
    const { data = [] } = pad?.getContext('2d')?.getImageData(0, 0, pad.width, pad.height) ?? {};
    return [...data].filter((value, index) => index % 4 === 0 && value > 60).length;
  });
}
