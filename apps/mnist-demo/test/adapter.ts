import { Absent } from '@normkit/shelf/absent';
import { bringWebGPU } from '@normkit/shelf/place/dawn';

/** What this machine's Node has for WebGPU: a GPU, or the adapter in software that Chromium brings along, or nothing. */
export const adapter = await find();
if (adapter === 'none') console.info('Node has no WebGPU adapter here: what needs one is not tested.');

async function find(): Promise<'gpu' | 'software' | 'none'> {
  try {
    return (await bringWebGPU()).info.isFallbackAdapter ? 'software' : 'gpu';
  } catch (error) {
    if (!(error instanceof Absent)) throw error;
    return 'none';
  }
}
