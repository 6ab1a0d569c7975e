import { openDawn, requestAdapter } from '../src/terminal/webgpu/dawn.ts';

/** What this machine's Node has for WebGPU: a GPU, or the adapter in software that Chromium brings along, or nothing. */
export const adapter = await find();
if (adapter === 'none') console.info('Node has no WebGPU adapter here: what needs one is not tested.');

async function find(): Promise<'gpu' | 'software' | 'none'> {
  const found = await requestAdapter(await openDawn());
  if (!found) return 'none';
  return found.info.isFallbackAdapter ? 'software' : 'gpu';
}
