import * as tf from '@tensorflow/tfjs';
import type { BackendInfo } from '../service.ts';
import { deviceIsLost, watchNextDevice } from './device-watch.ts';

interface BackendEntry {
  readonly label: string;
  readonly isHere: () => boolean | Promise<boolean>;
  /** Loads TensorFlow.js's backend, and normkit's kernels for it. */
  readonly load: () => Promise<unknown>;
  /** Whether its device can go away while it is used. */
  readonly canBeLost: boolean;
}

/** The one to begin with first. To add one, add an entry. */
const BACKENDS = {
  wasm: {
    label: 'WebAssembly',
    isHere: () => 'WebAssembly' in globalThis,
    load: () => import('./wasm.ts'),
    canBeLost: false,
  },
  webgpu: {
    label: 'WebGPU',
    isHere: async () => Boolean(await navigator.gpu?.requestAdapter()),
    load: () => import('./webgpu.ts'),
    canBeLost: true,
  },
  cpu: {
    label: 'JavaScript',
    isHere: () => true,
    load: () => import('./cpu.ts'),
    canBeLost: false,
  },
} as const satisfies Record<string, BackendEntry>;

export type BackendName = keyof typeof BACKENDS;

export function knownBackends(): Promise<BackendInfo[]> {
  const entries = Object.entries(BACKENDS) as [BackendName, BackendEntry][];
  return Promise.all(
    entries.map(async ([name, { label, isHere }]) => ({ name, label, isHere: await Promise.resolve(isHere()) })),
  );
}

export function currentBackend(): BackendName {
  return tf.getBackend() as BackendName;
}

export function canBeLost(): boolean {
  return BACKENDS[currentBackend()].canBeLost;
}

/** Makes a backend the current one, with normkit's kernels. */
export async function useBackend(name: BackendName): Promise<void> {
  await BACKENDS[name].load();
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js cannot open its ${name} backend here.`);
  // Or else the first tensor on cpu prints a banner that recommends a package for Node.
  Object.assign(tf.backend(), { firstUse: false });
}

/** To be told when a backend's device is gone. */
export function loseBackend(name: BackendName, reason: string): void {
  if (name === currentBackend()) deviceIsLost(reason);
  else openAnew(name);
}

/** Gives up the current backend, whose device is lost. Says what to go on with. */
export function leaveLostBackend(): BackendName {
  openAnew(currentBackend());
  watchNextDevice();
  return 'wasm';
}

/** The next use of the backend opens another device. */
function openAnew(name: BackendName): void {
  const factory = tf.findBackendFactory(name);
  tf.removeBackend(name);
  tf.registerBackend(name, factory);
}
