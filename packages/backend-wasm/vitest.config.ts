import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { launchOptions } from '../../.ci/chromium.mjs';
import shared, { inChromium } from '../../vitest.shared.ts';

const binaries = dirname(
  createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'),
);

/** A page, with or without the two headers that give it shared memory: TensorFlow.js runs threads where it can. */
function page(name: string, headers: Record<string, string>) {
  return {
    extends: true as const,
    server: { headers, fs: { allow: ['../..', binaries] } },
    test: {
      name,
      provide: { wasmPath: `/@fs${binaries}/` },
      browser: inChromium(playwright({ launchOptions: launchOptions() })),
    },
  };
}

const isolated = page('chromium, isolated', {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
});

export default defineConfig({
  ...shared,
  test: {
    ...shared.test,
    globalSetup: ['../../vitest.vectors.ts'],
    projects: [
      { extends: true, test: { name: 'node', provide: { wasmPath: '' } } },
      page('chromium', {}),
      // Built packages hold the same two modules: the shared one is tested once.
      ...(process.env['NORMKIT_DIST'] ? [] : [isolated]),
    ],
  },
});
