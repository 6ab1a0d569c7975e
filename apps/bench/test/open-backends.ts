import { Absent } from '@normkit/shelf/absent';
import { type Backend, openBackend } from '../src/backends.ts';

/** The backends that tests of any backend run on. */
export async function openBackends(): Promise<[name: string, backend: Backend][]> {
  const webgpu = await openWebGPU();
  return [['cpu', await openBackend('cpu')], ...(webgpu ? [['webgpu', webgpu] satisfies [string, Backend]] : [])];
}

/** Not every machine has an adapter for Node, be it in software; one without says so. */
export async function openWebGPU(): Promise<Backend | undefined> {
  try {
    return await openBackend('webgpu');
  } catch (error) {
    if (!(error instanceof Absent)) throw error;
    console.log(`webgpu is not tested in Node: ${error.message}`);
    return undefined;
  }
}
