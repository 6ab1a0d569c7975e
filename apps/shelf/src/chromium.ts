import { type Browser, chromium } from 'playwright';
import { findChromium, launchOptions } from '../../../.ci/chromium.mjs';
import { Absent } from './absent.ts';

export { softwareWebGL, softwareWebGPU } from '../../../.ci/chromium.mjs';

/**
 * Launches headless Chromium.
 *
 * @throws Absent where there is none.
 */
export async function launchChromium(flags: readonly string[] = []): Promise<Browser> {
  if (!findChromium()) throw new Absent('there is no Chromium: install it, or set CHROMIUM to its path');
  return chromium.launch(launchOptions(flags));
}
