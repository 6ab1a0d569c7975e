import { Absent } from '../absent.ts';
import type { Before } from './before.ts';

/** In Node. TensorFlow.js finds the files of its wasm backend there by itself; WebGPU has to be brought; WebGL there is none. */
export const before: Before = {
  webgl: () => Promise.reject(new Absent('webgl needs a browser: Node has no WebGL')),
  webgpu: async () => {
    const { bringWebGPU } = await import('./dawn.ts');
    await bringWebGPU();
  },
};
