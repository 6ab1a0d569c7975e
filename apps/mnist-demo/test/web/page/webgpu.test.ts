import { softwareWebGPU } from '@normkit/shelf/chromium';
import { expect, it } from 'vitest';
import { done, past, useChromium } from './open-page.ts';

const open = useChromium(softwareWebGPU);

it('trains on WebGPU, and goes on elsewhere when the device is lost', async () => {
  const page = await open('#norms=group&samples=16&batchSize=2&backend=webgpu');
  expect(await page.inputValue('#backend')).toBe('webgpu');
  await page.click('#train');
  await past(page, 0.2);
  const [worker] = page.workers();
  await worker?.evaluate(() => {
    const { _tfengine } = globalThis as unknown as { _tfengine: { backendInstance: { device: GPUDevice } } };
    _tfengine.backendInstance.device.destroy();
  });
  await page.locator('#notices', { hasText: 'The GPU went away' }).waitFor();
  expect(await page.inputValue('#backend')).toBe('wasm');
  await done(page);
  await page.locator('#answer', { hasText: 'It reads' }).waitFor();
});
