import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { launchOptions, softwareWebGL, softwareWebGPU } from '../../.ci/chromium.mjs';
import shared, { inChromium } from '../../vitest.shared.ts';
import page from './vite.config.ts';

const repository = fileURLToPath(new URL('../..', import.meta.url));

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
          browser: inChromium(playwright({ launchOptions: launchOptions([...softwareWebGL, ...softwareWebGPU]) })),
        },
      },
    ],
  },
});
