import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { launchOptions } from '../../.ci/chromium.mjs';
import shared, { inChromium } from '../../vitest.shared.ts';

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
        optimizeDeps: { include: ['fflate'] },
        test: {
          name: 'chromium',
          include: ['test/chromium/*.test.ts'],
          browser: inChromium(playwright({ launchOptions: launchOptions() })),
        },
      },
    ],
  },
});
