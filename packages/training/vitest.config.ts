import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { findChromium } from '../../.ci/chromium.mjs';
import shared from '../../vitest.shared.ts';

const executablePath = findChromium();

/** A page on Chromium's software adapter, which needs no GPU. */
const args = ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

// Each project says which files are its own; what the root includes would be added to them.
const { include: _, ...settings } = shared.test ?? {};

export default defineConfig({
  ...shared,
  test: {
    ...settings,
    projects: [
      { extends: true, test: { name: 'node', include: ['test/node/*.test.ts'] } },
      {
        extends: true,
        // Found late, it would make the page load again in the middle of the tests.
        optimizeDeps: { include: ['@tensorflow/tfjs-backend-webgpu'] },
        test: {
          name: 'chromium',
          include: ['test/*.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { ...(executablePath && { executablePath }), args } }),
            instances: [{ browser: 'chromium' as const }],
          },
        },
      },
    ],
  },
});
