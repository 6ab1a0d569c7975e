import type { Before } from './before.ts';

/** In a page or its worker. The browser brings WebGL and WebGPU; TensorFlow.js has to be told where the files of wasm are. */
export const before: Before = {
  wasm: () => import('./wasm-files.ts'),
};
