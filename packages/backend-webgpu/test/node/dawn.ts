/*
 * In Node the npm package `webgpu` (Dawn) brings WebGPU, on the machine's Vulkan driver or, where vitest.config.ts has
 * found it, on SwiftShader. A machine that Dawn is not built for has none, and the suite says so.
 */
try {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });
} catch (error) {
  console.info(`Node has no WebGPU here: ${error}`);
}
