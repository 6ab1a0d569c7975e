import * as tf from '@tensorflow/tfjs';
import type { BackendInfo } from '../service.ts';

interface BackendEntry {
  readonly label: string;
  readonly isHere: () => boolean;
  /** Loads TensorFlow.js's backend, and normkit's kernels for it. */
  readonly load: () => Promise<unknown>;
}

/** The fastest first. To add one, add an entry. */
const BACKENDS = {
  wasm: {
    label: 'WebAssembly',
    isHere: () => 'WebAssembly' in globalThis,
    load: () => import('./wasm.ts'),
  },
  cpu: {
    label: 'JavaScript',
    isHere: () => true,
    load: () => import('./cpu.ts'),
  },
} as const satisfies Record<string, BackendEntry>;

export type BackendName = keyof typeof BACKENDS;

export function knownBackends(): BackendInfo[] {
  const entries = Object.entries(BACKENDS) as [BackendName, BackendEntry][];
  return entries.map(([name, { label, isHere }]) => ({ name, label, isHere: isHere() }));
}

/** Makes a backend the current one, with normkit's kernels. */
export async function useBackend(name: BackendName): Promise<void> {
  await BACKENDS[name].load();
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js cannot open its ${name} backend here.`);
  // Or else the first tensor on cpu prints a banner that recommends a package for Node.
  Object.assign(tf.backend(), { firstUse: false });
}
