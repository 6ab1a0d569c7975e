import { expect, it } from 'vitest';
import { reportOf } from '../../../dist/terminal/report/report.js';
import { DEFAULTS } from '../../../src/tutorial/settings.ts';
import { useChromium } from './open-page.ts';

const open = useChromium();
const histogram = { low: -1, high: 1, counts: [1, 5, 2], mean: 0.1, deviation: 0.4 };
const run = {
  settings: { ...DEFAULTS, norm: 'batch' as const },
  backends: ['wasm' as const],
  testSamples: 100,
  losses: [2.3, 2.1, 1.9],
  accuracies: [0.1, 0.2, 0.3],
  milliseconds: [90, 20, 21],
  test: { loss: 1.8, accuracy: 0.4 },
  activations: { before: histogram, after: histogram },
};
const [small, none] = [
  { ...run, settings: { ...run.settings, batchSize: 4 } },
  { ...run, settings: { ...run.settings, norm: 'none' as const }, activations: undefined },
];

const onCpu = { ...run, backends: ['cpu' as const], losses: [2.3, 2.1003, 1.9] };

it('the report of the program draws itself, at any width', async () => {
  const page = await open('', { viewport: { width: 360, height: 740 } });
  // As a file it has no server, which would be asked for an icon.
  await page.goto('about:blank');
  await page.setContent(await reportOf('a <source> & more', [run, small, none, onCpu]));
  expect(await page.textContent('main p')).toMatch(/^Data: a <source> & more; 10000 pictures, once\. Optimizer: adam/);
  expect(await page.locator('figcaption').allTextContents()).toEqual([
    'Test error by batch size',
    'Training loss, smoothed',
    'Training accuracy, smoothed',
    'Time of a step, the median',
    'Activations around the norm: batch norm, wasm',
    'Activations around the norm: batch norm, wasm, batch 4',
    'Activations around the norm: batch norm, cpu',
  ]);
  expect(await page.locator('canvas').count()).toBe(9);
  expect(await page.locator('.time').first().textContent()).toBe('batch norm, wasm21.0 ms');
  expect(await page.locator('tr').nth(2).allInnerTexts()).toEqual([
    'batch norm, wasm, batch 4\t4\t3\t21.0\t2.100\t1.800\t40.0 %',
  ]);
  expect(await page.textContent('main')).toContain('on these backends: batch 3.0e-4.');
  expect(await page.locator('.scroll').evaluate((box) => box.scrollWidth - box.clientWidth)).toBe(0);
  const widthOfChart = () =>
    page
      .locator('.uplot')
      .first()
      .evaluate((chart) => chart.clientWidth);
  const narrow = await widthOfChart();
  await page.setViewportSize({ width: 800, height: 740 });
  await expect.poll(widthOfChart).toBe(narrow + 440);
  await page.setViewportSize({ width: 360, height: 740 });
  await expect.poll(widthOfChart).toBe(narrow);
  expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
});
