import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BackendName } from '@normkit/shelf/backends';
import { launchChromium, softwareWebGL, softwareWebGPU } from '@normkit/shelf/chromium';
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

/** What a page needs of the machine for a backend, and the flags with which Chromium may give it, the best first. */
interface Device {
  readonly flags: readonly (readonly string[])[];
  readonly isHere: () => boolean | Promise<boolean>;
  readonly absent: string;
}

/** Timestamps to the nanosecond. */
const TIMESTAMPS = '--enable-webgpu-developer-features';

/** Headless Chromium has no GPU unless told to use Vulkan. */
const DEVICES: Readonly<Partial<Record<BackendName, Device>>> = {
  webgl: {
    flags: [['--use-angle=vulkan', '--enable-features=Vulkan', '--disable-vulkan-surface'], softwareWebGL],
    // As TensorFlow.js asks for it, which takes none that Chromium itself thinks slow.
    isHere: () => Boolean(new OffscreenCanvas(1, 1).getContext('webgl2', { failIfMajorPerformanceCaveat: true })),
    absent: '--backend webgl finds no WebGL in this Chromium, not even in software; CHROMIUM names another',
  },
  webgpu: {
    flags: [
      [TIMESTAMPS, '--enable-unsafe-webgpu', '--enable-features=Vulkan'],
      [TIMESTAMPS, ...softwareWebGPU],
    ],
    isHere: async () => Boolean(await navigator.gpu?.requestAdapter()),
    absent: '--backend webgpu finds no adapter in this Chromium, not even in software; CHROMIUM names another',
  },
};

/**
 * Does jobs on a backend in a page of headless Chromium: on webgl and webgpu with the machine's GPU, or else in software.
 *
 * @throws Absent where there is none.
 */
export async function openChromium(backend: BackendName) {
  const device = DEVICES[backend];
  const browser = await (device ? launchWith(device) : launchChromium());
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

async function launchWith({ flags, isHere, absent }: Device): Promise<Browser> {
  for (const each of flags) {
    const browser = await launchChromium(each);
    if (await holds(browser, isHere)) return browser;
    await browser.close();
  }
  throw new UsageError(absent);
}

/** What a page of that browser says. */
async function holds(browser: Browser, isHere: Device['isHere']): Promise<boolean> {
  const page = await browser.newPage();
  // Only a page from somewhere safe has navigator.gpu.
  await page.route('**', (route) => route.fulfill({ contentType: 'text/html', body: '' }));
  await page.goto('http://localhost/');
  const found = await page.evaluate(isHere);
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
