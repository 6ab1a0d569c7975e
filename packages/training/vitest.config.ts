import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { findChromium } from '../../.ci/chromium.mjs';
import shared from '../../vitest.shared.ts';

const binaries = dirname(
  createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'),
);

// Each project says which files are its own; what the root includes would be added to them.
const { include: _, ...settings } = shared.test ?? {};

/** A page on Chromium's software adapter; with the two headers it has shared memory, and TensorFlow.js runs threads. */
function page(name: string, include: string[], headers: Record<string, string>) {
  const executablePath = findChromium();
  const args = ['--no-sandbox', '--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'];
  return {
    extends: true as const,
    server: { headers, fs: { allow: ['../..', binaries] } },
    // Found late, they would make the page load again in the middle of the tests.
    optimizeDeps: { include: ['@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu'] },
    test: {
      name,
      include,
      provide: { wasmPath: `/@fs${binaries}/` },
      browser: {
        enabled: true,
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions: { ...(executablePath && { executablePath }), args } }),
        instances: [{ browser: 'chromium' as const }],
      },
    },
  };
}

export default defineConfig({
  ...shared,
  test: {
    ...settings,
    projects: [
      {
        extends: true,
        test: { name: 'node', include: ['test/wasm*.test.ts', 'test/public-api.test.ts'], provide: { wasmPath: '' } },
      },
      page('chromium', ['test/wasm*.test.ts', 'test/device-recovery.test.ts'], {}),
      page('chromium, isolated', ['test/wasm*.test.ts'], {
        'Cross-Origin-Opener-Policy': 'same-origin',
        'Cross-Origin-Embedder-Policy': 'require-corp',
      }),
    ],
  },
});
