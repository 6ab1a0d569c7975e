import { create, globals } from 'webgpu';

/*
 * In Node the npm package `webgpu` (Dawn) brings WebGPU, on the machine's Vulkan driver or, where vitest.config.ts has
 * found it, on SwiftShader.
 */
Object.assign(globalThis, globals);
Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
