import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { launchOptions, softwareWebGL } from '../../.ci/chromium.mjs';
import shared, { inChromium } from '../../vitest.shared.ts';

// Each project says itself which tests are its own.
const { include: _, ...common } = shared.test ?? {};

export default defineConfig({
  ...shared,
  test: {
    ...common,
    projects: [
      { extends: true, test: { name: 'node', include: ['test/*.test.ts'] } },
      {
        extends: true,
        server: { fs: { allow: ['../..'] } },
        test: {
          name: 'chromium',
          include: ['test/chromium/*.test.ts'],
          browser: inChromium(playwright({ launchOptions: launchOptions(softwareWebGL) })),
        },
      },
    ],
  },
});
