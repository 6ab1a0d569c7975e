import { fileURLToPath } from 'node:url';
import { build, preview } from 'vite';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** Addresses of the built page: as `npm run web` serves it, and as a server does that sends no headers of its own. */
    readonly isolatedPage: string;
    readonly plainPage: string;
  }
}

const configFile = fileURLToPath(new URL('../../../vite.config.ts', import.meta.url));
const plain = { 'Cross-Origin-Opener-Policy': 'unsafe-none', 'Cross-Origin-Embedder-Policy': 'unsafe-none' };

/** Builds the page and serves it while the tests run. */
export default async function servePage(project: TestProject): Promise<() => Promise<void>> {
  await build({ configFile, logLevel: 'error' });
  const isolated = await preview({ configFile, preview: { port: 0 } });
  const other = await preview({ configFile, preview: { port: 0, headers: plain } });
  project.provide('isolatedPage', isolated.resolvedUrls?.local[0] ?? '');
  project.provide('plainPage', other.resolvedUrls?.local[0] ?? '');
  return async () => {
    await isolated.close();
    await other.close();
  };
}
