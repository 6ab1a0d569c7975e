import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { launchOptions, softwareWebGPU } from '../../.ci/chromium.mjs';
import shared, { inChromium } from '../../vitest.shared.ts';

const require = createRequire(import.meta.url);
const binaries = dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'));

// Node has no adapter of its own in software. Debian's Chromium ships the one it uses itself, and a Vulkan loader.
const swiftshader = '/usr/lib/chromium';
if (existsSync(join(swiftshader, 'vk_swiftshader_icd.json'))) {
  process.env['VK_ICD_FILENAMES'] ??= join(swiftshader, 'vk_swiftshader_icd.json');
  process.env['LD_LIBRARY_PATH'] ??= swiftshader;
}

/** Tests of what has no device, and of what is the same on every one. */
const anywhere = ['test/commands.test.ts', 'test/shaders.test.ts', 'test/partition.test.ts', 'test/public-api.test.ts'];
const without = ['test/without-webgpu.test.ts'];

/** Built packages have the same shaders: what is long about those is tested once, and the suite in Node alone. */
const once = process.env['NORMKIT_DIST']
  ? [
      ...['regimes', 'conformance', 'vectors', 'properties'].map((name) => `test/${name}.test.ts`),
      'test/node/vectors.test.ts',
    ]
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
          exclude: [...anywhere, ...without, ...once],
          setupFiles: ['test/fail-on-errors.ts'],
          provide: { wasmPath: `/@fs${binaries}/` },
          browser: inChromium(playwright({ launchOptions: launchOptions(softwareWebGPU) })),
        },
      },
      { extends: true, test: { name: 'without webgpu', include: [...anywhere, ...without] } },
      {
        extends: true,
        test: {
          name: 'node, Dawn',
          include: ['test/node/*.test.ts'],
          exclude: once,
          provide: { wasmPath: '' },
          setupFiles: ['test/node/dawn.ts', 'test/fail-on-errors.ts'],
          // The device must not outlive its process's last test file, nor be shared by two.
          pool: 'forks',
        },
      },
    ],
  },
});
