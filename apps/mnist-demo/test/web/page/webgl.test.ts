import { softwareWebGL, softwareWebGPU } from '@normkit/shelf/chromium';
import { expect, it } from 'vitest';
import { done, numberIn, past, takeTo, useChromium } from './open-page.ts';

const open = useChromium([...softwareWebGL, ...softwareWebGPU]);

it('begins with WebGL, as TensorFlow.js does, and takes a run to every backend and back', async () => {
  const page = await open('#norms=group&samples=320&batchSize=4');
  expect(await page.inputValue('#backend')).toBe('webgl');
  await page.selectOption('#backend', 'cpu');
  await page.click('#train');
  await past(page, 0.01);
  await takeTo(page, ['webgl', 'wasm', 'webgpu', 'webgl', 'wasm']);
  await done(page);
  expect(await numberIn(page, 'Test')).toBeGreaterThan(25);
});

it('goes on elsewhere when the context is lost, and can be taken back to a fresh one', async () => {
  const page = await open('#norms=batch&samples=16&batchSize=2');
  await page.click('#train');
  await past(page, 0.2);
  const [worker] = page.workers();
  await worker?.evaluate(() => {
    const { _tfengine } = globalThis as unknown as {
      _tfengine: { backendInstance: { gpgpu: { gl: WebGLRenderingContext } } };
    };
    _tfengine.backendInstance.gpgpu.gl.getExtension('WEBGL_lose_context')?.loseContext();
  });
  await page.locator('#notices', { hasText: 'The GPU went away' }).waitFor();
  expect(await page.inputValue('#backend')).toBe('wasm');
  await done(page);
  await page.selectOption('#backend', 'webgl');
  await page.getByRole('button', { name: '+1 epoch of Batch' }).click();
  await page.locator('#runs small', { hasText: 'WebGL' }).waitFor();
  await done(page);
  await page.locator('#answer', { hasText: 'It reads' }).waitFor();
});

it('times stock TensorFlow.js against normkit on WebGL', async () => {
  const page = await open('#batchSize=2');
  await page.click('#race');
  await page.locator('#race-result', { hasText: /normkit is .* as fast on \[2,26,26,10\], WebGL/ }).waitFor();
});
