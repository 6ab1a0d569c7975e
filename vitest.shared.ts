import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** With NORMKIT_DIST the tests run on the built packages: every module of a package's src is taken from its dist. */
const fromDist = {
  name: 'normkit:from-dist',
  enforce: 'pre' as const,
  async resolveId(
    this: { resolve: (source: string, importer?: string, options?: object) => Promise<{ id: string } | null> },
    source: string,
    importer?: string,
  ) {
    const resolved = await this.resolve(source, importer, { skipSelf: true });
    return resolved?.id.replace(/(\/packages\/[^/]+)\/src\/(.*)\.ts$/, '$1/dist/$2.js');
  },
};

/** Milliseconds. No test waits for a clock: this ends one that waits for what never comes, on the busiest machine. */
export const BACKSTOP = 600_000;

/** A page of headless Chromium for a project's tests, as `provider` launches it. */
export function inChromium<Provider>(provider: Provider) {
  return {
    enabled: true,
    connectTimeout: BACKSTOP,
    headless: true,
    screenshotFailures: false,
    provider,
    instances: [{ browser: 'chromium' as const }],
  };
}

export default defineConfig({
  plugins: process.env['NORMKIT_DIST'] ? [fromDist] : [],
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: [fileURLToPath(new URL('vitest.seed.ts', import.meta.url))],
    // TensorFlow.js advertises its node package in the middle of the report.
    onConsoleLog: (log) => !log.includes('Hi, looks like you are running TensorFlow.js'),
    testTimeout: BACKSTOP,
    hookTimeout: BACKSTOP,
    teardownTimeout: BACKSTOP,
    expect: { poll: { timeout: BACKSTOP } },
    reporters: [['default', { summary: false }]],
  },
});
