import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { findChromium } from '../../.ci/chromium.mjs';
import shared from '../../vitest.shared.ts';
import { loadVectors } from '../vectors/src/load.ts';

const executablePath = findChromium();

/** A page on Chromium's software adapter, which needs no GPU. */
const args = ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    provide: { vectors: loadVectors() },
    projects: [
      {
        extends: true,
        server: { fs: { allow: ['../..'] } },
        test: {
          name: 'chromium',
          testTimeout: 60_000,
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
