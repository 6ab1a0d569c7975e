import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BackendName } from '@normkit/shelf/backends';
import { launchChromium, softwareWebGPU } from '@normkit/shelf/chromium';
import type { Browser } from 'playwright';
import { build, type InlineConfig, preview } from 'vite';
import { UsageError } from '../options.ts';
import type { Job, Report } from '../run.ts';

const folder = fileURLToPath(new URL('../..', import.meta.url));

/** Without them the page's clock is 20 times as coarse: 100 microseconds. */
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** The page, bundled from the built packages as a user's bundler does it, into a folder. */
const bundledInto = (outDir: string): InlineConfig => ({
  configFile: false,
  root: folder,
  base: './',
  logLevel: 'error',
  resolve: { conditions: ['built', 'module', 'browser', 'production'] },
  build: {
    outDir,
    emptyOutDir: true,
    target: 'esnext',
    chunkSizeWarningLimit: 10_000,
    rolldownOptions: { input: `${folder}page/index.html`, external: absentPeers() },
  },
  preview: { host: '127.0.0.1', headers },
});

/** What is not installed is not bundled; the page then reports that it cannot load it. */
function absentPeers(): string[] {
  const { resolve } = createRequire(import.meta.url);
  return ['onnxruntime-web/wasm', 'onnxruntime-web/webgpu', 'protobufjs'].filter((name) => {
    try {
      return !resolve(name);
    } catch {
      return true;
    }
  });
}

/** Timestamps to the nanosecond; headless Chromium has no adapter of a GPU unless told to use Vulkan. */
const TIMESTAMPS = '--enable-webgpu-developer-features';
const ADAPTERS = [
  [TIMESTAMPS, '--enable-unsafe-webgpu', '--enable-features=Vulkan'],
  [TIMESTAMPS, ...softwareWebGPU],
];

/**
 * Does jobs on a backend in a page of headless Chromium: on webgpu with the machine's adapter, or else its own in software.
 *
 * @throws Absent where there is none.
 */
export async function openChromium(backend: BackendName) {
  const browser = await (backend === 'webgpu' ? launchWithAdapter() : launchChromium());
  return {
    name: `Chromium ${browser.version()}`,
    run: async (job: Job, report: (news: Report) => void) => {
      const site = await mkdtemp(join(tmpdir(), 'normkit-bench-'));
      try {
        await build(bundledInto(site));
        await visit(browser, bundledInto(site), job, report);
      } finally {
        await browser.close();
        await rm(site, { recursive: true });
      }
    },
  };
}

async function launchWithAdapter(): Promise<Browser> {
  for (const flags of ADAPTERS) {
    const browser = await launchChromium(flags);
    if (await hasAdapter(browser)) return browser;
    await browser.close();
  }
  throw new UsageError(
    '--backend webgpu finds no adapter in this Chromium, not even in software; CHROMIUM names another',
  );
}

async function hasAdapter(browser: Browser): Promise<boolean> {
  const page = await browser.newPage();
  // Only a page from somewhere safe has navigator.gpu.
  await page.route('**', (route) => route.fulfill({ contentType: 'text/html', body: '' }));
  await page.goto('http://localhost/');
  const found = await page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()));
  await page.close();
  return found;
}

async function visit(browser: Browser, config: InlineConfig, job: Job, report: (news: Report) => void): Promise<void> {
  const server = await preview(config);
  try {
    const page = await browser.newPage();
    await page.exposeFunction('report', report);
    await page.goto(`${server.resolvedUrls?.local[0]}page/index.html`);
    await page.evaluate((job) => globalThis.bench(job), job);
  } finally {
    await server.close();
  }
}
