import { createRequire } from 'node:module';

/** What scripts/pack.mjs has in the place of the npm package `webgpu`: its addon, which lies beside the bundle. */
export const { create, globals } = createRequire(import.meta.url)('./dawn.node') as {
  create(options: string[]): GPU;
  globals: object;
};
