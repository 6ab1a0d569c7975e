import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { loadVectors } from './packages/conformance/src/load-vectors.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The vectors of other projects, and those in `../shared`, beside the project, where that folder is there. */
    readonly vectors: ReturnType<typeof loadVectors>;
  }
}

/** Gives the vectors to the tests, which may run in a page. */
export default ({ provide }: TestProject) => {
  provide('vectors', loadVectors(fileURLToPath(new URL('../shared', import.meta.url))));
};
