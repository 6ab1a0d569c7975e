import type { Page } from 'playwright';
import { describe, expect, it } from 'vitest';
import { done, numberIn, past, takeTo, train, trainAndPause, useChromium } from './open-page.ts';

const open = useChromium();

describe('the page', () => {
  it('trains to seven in ten of pictures that it has not seen, shows how, and reads what is drawn', async () => {
    const page = await open('#norms=group&samples=4000');
    expect(await page.textContent('#answer')).toMatch(/Train or load a model/);
    await train(page);
    expect(await numberIn(page, 'Test')).toBeGreaterThan(70);
    expect(await page.textContent('#status')).toMatch(/^Group, batch 32 is done: /);
    expect(await page.getAttribute('#loss-chart .uplot', 'aria-label')).toMatch(/Training loss\. Group, batch 32: 0/);
    expect(await page.locator('#activations svg').count()).toBe(2);
    const [norm = 0, rest = 0] = numbersOf(await page.textContent('#times li'));
    expect(norm).toBeGreaterThan(0);
    expect(rest).toBeGreaterThan(norm);

    await page.click('#clear');
    await page.locator('#answer:empty').waitFor({ state: 'attached' });
    await drawOne(page);
    await page.locator('#answer', { hasText: 'It reads 1 (' }).waitFor();
    await page.focus('#next');
    await page.keyboard.press('Enter');
    await page.locator('#answer', { hasText: 'It is labelled' }).waitFor();
    expect(await page.inputValue('#test-picture')).toBe('2');
  });

  it('stays alive while it trains, and changes the backend in the middle of a run, which goes on to its end', async () => {
    const page = await open('#norms=batch&samples=2000&batchSize=8');
    await page.click('#train');
    await past(page, 0.1);
    expect(await largestLeap(page, 0.3)).toBeLessThan(0.15);
    await takeTo(page, ['cpu', 'wasm']);
    await done(page);
    expect(await page.locator('#runs small >> nth=0').textContent()).toBe('WebAssembly');
    expect(await numberIn(page, 'Loss')).toBeLessThan(2.3);
  });

  it('pauses, goes on, gives another epoch, and removes', async () => {
    const page = await open('#norms=rms,none&samples=960');
    await trainAndPause(page, 0.2);
    expect(await page.locator('#runs tr[data-status=waiting]').count()).toBe(1);
    await page.getByRole('button', { name: 'Continue RMS, batch 32' }).click();
    await done(page, 2);
    await page.getByRole('button', { name: '+1 epoch of None, batch 32' }).click();
    await page.locator('#runs small', { hasText: 'Epochs 2' }).waitFor();
    await done(page, 2);
    await page.getByRole('button', { name: 'Remove RMS, batch 32' }).click();
    await page.locator('#runs tr >> nth=1').waitFor({ state: 'detached' });
  });

  it('times stock TensorFlow.js against normkit, and can be stopped', async () => {
    // A race of a minute: it is stopped before its end on any machine.
    const page = await open('#batchSize=512&backend=cpu');
    await page.click('#race');
    await page.locator('#race', { hasText: 'Stop' }).click();
    await page.locator('#race', { hasText: 'Measure' }).waitFor();
    await page.selectOption('#backend', 'wasm');
    await page.fill('#batchSize', '4');
    await page.click('#race');
    await page.locator('#race-result', { hasText: /normkit is .* as fast on \[4,26,26,10\], WebAssembly/ }).waitFor();
    expect(await page.locator('#race-bars li').count()).toBe(2);
  });
});

/** A stroke from top to bottom. */
async function drawOne(page: Page): Promise<void> {
  const { x, y, width, height } = (await page.locator('#pad').boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
  await page.mouse.move(x + 0.5 * width, y + 0.15 * height);
  await page.mouse.down();
  await page.mouse.move(x + 0.48 * width, y + 0.85 * height, { steps: 8 });
  await page.mouse.up();
}

/**
 * How far a run has come between two frames of the page, at most, until it is past a part of its steps. The steps are
 * the clock: on a busy machine they slow down with the page.
 */
function largestLeap(page: Page, part: number): Promise<number> {
  return page.evaluate(async (end) => {
    const progress = () => document.querySelector('progress')?.value ?? 0;
    let [last, leap] = [progress(), 0];
    while (last < end) {
      await new Promise(requestAnimationFrame);
      leap = Math.max(leap, progress() - last);
      last = progress();
    }
    return leap;
  }, part);
}

function numbersOf(text: string | null): number[] {
  return (text ?? '').match(/[\d.]+(?= ms)/g)?.map(Number) ?? [];
}
