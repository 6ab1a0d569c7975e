import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { findChromium } from '../../.ci/chromium.mjs';
import shared from '../../vitest.shared.ts';
import page from './vite.config.ts';

const executablePath = findChromium();
const repository = fileURLToPath(new URL('../..', import.meta.url));

// Node has no adapter of its own in software. Debian's Chromium ships the one it uses itself, and a Vulkan loader.
const swiftshader = '/usr/lib/chromium';
if (existsSync(join(swiftshader, 'vk_swiftshader_icd.json'))) {
  process.env['VK_ICD_FILENAMES'] ??= join(swiftshader, 'vk_swiftshader_icd.json');
  process.env['LD_LIBRARY_PATH'] ??= swiftshader;
}

// Each project says itself which tests are its own.
const { include: _, ...common } = shared.test ?? {};

export default defineConfig({
  ...shared,
  test: {
    ...common,
    projects: [
      { extends: true, test: { name: 'node', include: ['test/*.test.ts', 'test/web/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'page',
          include: ['test/web/page/*.test.ts'],
          globalSetup: 'test/web/page/serve-page.ts',
          testTimeout: 60_000,
          // More pages that train at once keep each other waiting.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        resolve: { alias: page.resolve?.alias ?? [] },
        server: { fs: { allow: [repository] } },
        test: {
          name: 'chromium',
          include: ['test/web/chromium/*.test.ts'],
          testTimeout: 60_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                ...(executablePath && { executablePath }),
                // WebGPU on Chromium's software adapter, which needs no GPU.
                args: ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
              },
            }),
            instances: [{ browser: 'chromium' as const }],
          },
        },
      },
    ],
  },
});
