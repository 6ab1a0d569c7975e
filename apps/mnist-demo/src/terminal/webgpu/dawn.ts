/** Gives this process a `navigator.gpu`: Dawn, from the npm package `webgpu`. Throws where that is not installed. */
export async function openDawn(): Promise<GPU> {
  const { create, globals } = await import('webgpu');
  const gpu = create([]);
  Object.assign(globalThis, globals);
  // Node has a navigator from version 21 on.
  const navigator = Object.defineProperty(globalThis.navigator ?? {}, 'gpu', { value: gpu, configurable: true });
  Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
  return gpu;
}

/** The adapter that TensorFlow.js will ask for. */
export function requestAdapter(gpu: GPU): Promise<GPUAdapter | null> {
  return gpu.requestAdapter({ powerPreference: 'high-performance' });
}
