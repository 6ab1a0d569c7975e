import * as tf from '@tensorflow/tfjs';
import { type AdapterReport, findAdapter } from './webgpu/adapter.ts';
import { openDawn } from './webgpu/dawn.ts';

/** What Node can run on, the fastest first. */
export const BACKENDS = ['webgpu', 'wasm', 'cpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

const load: Record<BackendName, () => Promise<unknown>> = {
  webgpu: async () => {
    await openDawn();
    await import('@tensorflow/tfjs-backend-webgpu');
    await import('@normkit/backend-webgpu');
  },
  wasm: async () => {
    await import('@tensorflow/tfjs-backend-wasm');
    await import('@normkit/backend-wasm');
    await import('@normkit/training/wasm');
  },
  cpu: () => import('@normkit/backend-cpu'),
};

const loaded = new Map<BackendName, Promise<unknown>>();

/** A backend that was asked for by name, and that this machine does not have. */
export class BackendAbsent extends Error {
  override readonly name = 'BackendAbsent';
}

export interface AtHand {
  /** The backends that this machine is good for, the fastest first. */
  readonly backends: readonly BackendName[];
  /** Why webgpu is not among them. */
  readonly noWebgpu: string | undefined;
}

export async function backendsAtHand(): Promise<AtHand> {
  const noWebgpu = whyNot(await findAdapter());
  return { backends: BACKENDS.filter((name) => noWebgpu === undefined || name !== 'webgpu'), noWebgpu };
}

function whyNot(adapter: AdapterReport): string | undefined {
  if ('absent' in adapter) return adapter.absent;
  // To be had by name alone.
  return adapter.isSoftware ? 'its adapter is in software and takes seconds for a step; --backend names it' : undefined;
}

/** @throws BackendAbsent where one of these is not there. */
export async function requireBackends(names: readonly BackendName[]): Promise<void> {
  if (!names.includes('webgpu')) return;
  const adapter = await findAdapter();
  if ('absent' in adapter) throw new BackendAbsent(`WebGPU cannot be used here: ${adapter.absent}.`);
}

/** Makes a backend the current one, with normkit's kernels. */
export async function useBackend(name: BackendName): Promise<void> {
  const loading = loaded.get(name) ?? load[name]();
  loaded.set(name, loading);
  await loading;
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js cannot open its ${name} backend here.`);
  // Or else the first tensor on cpu prints a banner that recommends another package.
  Object.assign(tf.backend(), { firstUse: false });
}
