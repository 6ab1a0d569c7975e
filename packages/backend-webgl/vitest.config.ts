import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { launchOptions, softwareWebGL, softwareWebGPU } from '../../.ci/chromium.mjs';
import shared, { inChromium } from '../../vitest.shared.ts';

const require = createRequire(import.meta.url);
const binaries = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'));

/** Tests of what needs no device. */
const anywhere = ['draws', 'gaps', 'grid', 'public-api', 'without-webgl'].map((name) => `test/${name}.test.ts`);

/** Built packages have the same programs: what is long about those is tested once, from the sources. */
const once = process.env['NORMKIT_DIST']
  ? ['conformance', 'half-floats', 'properties', 'running', 'unpacked', 'vectors', 'webgl-1'].map(
      (name) => `test/${name}.test.ts`,
    )
  : [];

// Each project says which files are its own; what the root includes would be added to them.
const { include: _, ...settings } = shared.test ?? {};

export default defineConfig({
  ...shared,
  test: {
    ...settings,
    globalSetup: ['../../vitest.vectors.ts'],
    projects: [
      {
        extends: true,
        server: { fs: { allow: ['../..', binaries] } },
        // Found late, it would make the page load again in the middle of the tests.
        optimizeDeps: { include: ['@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-webgpu'] },
        test: {
          name: 'chromium',
          include: ['test/*.test.ts'],
          exclude: [...anywhere, ...once],
          setupFiles: ['test/fail-on-errors.ts'],
          provide: { wasmPath: `/@fs${binaries}/` },
          browser: inChromium(playwright({ launchOptions: launchOptions([...softwareWebGL, ...softwareWebGPU]) })),
        },
      },
      { extends: true, test: { name: 'without webgl', include: anywhere } },
    ],
  },
});
