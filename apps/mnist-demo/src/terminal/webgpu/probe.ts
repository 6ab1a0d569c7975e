/* A program: prints what there is of WebGPU on this machine, an `AdapterReport`. */
import type { AdapterReport } from './adapter.ts';
import { openDawn, requestAdapter } from './dawn.ts';

async function look(): Promise<AdapterReport> {
  try {
    const adapter = await requestAdapter(await openDawn());
    if (adapter) return { isSoftware: adapter.info.isFallbackAdapter };
    return { absent: 'Node finds no adapter (it takes a driver for Vulkan, Metal or Direct3D 12)' };
  } catch (error) {
    const [why] = (error as Error).message.split('\n');
    return { absent: `the npm package webgpu does not load (${why})` };
  }
}

console.log(JSON.stringify(await look()));
