import type { Before } from './before.ts';

/** In Node. TensorFlow.js finds the files of its wasm backend there by itself; WebGPU has to be brought. */
export const before: Before = {
  webgpu: async () => {
    const { bringWebGPU } = await import('./dawn.ts');
    await bringWebGPU();
  },
};
