import { BACKENDS, type Backend } from '../src/backends.ts';
import { bringWebGPU } from '../src/gpu/dawn.ts';
import { UsageError } from '../src/options.ts';

/** The backends that tests of any backend run on. */
export async function openBackends(): Promise<[name: string, backend: Backend][]> {
  const webgpu = await openWebGPU();
  return [['cpu', await open('cpu')], ...(webgpu ? [['webgpu', webgpu] satisfies [string, Backend]] : [])];
}

/** Not every machine has an adapter for Node, be it in software; one without says so. */
export async function openWebGPU(): Promise<Backend | undefined> {
  try {
    await bringWebGPU();
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    console.log(`webgpu is not tested in Node: ${error.message}`);
    return undefined;
  }
  return open('webgpu');
}

export async function open(name: string): Promise<Backend> {
  const opener = BACKENDS[name];
  if (!opener) throw new Error(`the ${name} backend is gone`);
  return opener();
}
