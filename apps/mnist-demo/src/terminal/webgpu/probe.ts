/* A program: prints what there is of WebGPU on this machine, an `AdapterReport`. */
import { bringWebGPU } from '@normkit/shelf/place/dawn';
import type { AdapterReport } from './adapter.ts';

async function look(): Promise<AdapterReport> {
  try {
    return { isSoftware: (await bringWebGPU()).info.isFallbackAdapter };
  } catch (error) {
    return { absent: (error as Error).message };
  }
}

console.log(JSON.stringify(await look()));
