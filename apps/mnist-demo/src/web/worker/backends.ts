import { lossOfDevice } from '@normkit/core/devices';
import { type BackendName, useBackend as openBackend } from '@normkit/shelf/backends';
import * as tf from '@tensorflow/tfjs';
import type { BackendInfo } from '../service.ts';
import { deviceIsLost, watchNextDevice } from './device-watch.ts';

/** What the page alone knows of a backend. */
interface PageBackend {
  readonly label: string;
  readonly isHere: () => boolean | Promise<boolean>;
  /** Whether its device can go away while it is used. */
  readonly canBeLost: boolean;
}

/** The one to begin with first. */
const BACKENDS: Readonly<Record<BackendName, PageBackend>> = {
  wasm: { label: 'WebAssembly', isHere: () => 'WebAssembly' in globalThis, canBeLost: false },
  webgpu: { label: 'WebGPU', isHere: async () => Boolean(await navigator.gpu?.requestAdapter()), canBeLost: true },
  cpu: { label: 'JavaScript', isHere: () => true, canBeLost: false },
};

export function knownBackends(): Promise<BackendInfo[]> {
  const entries = Object.entries(BACKENDS) as [BackendName, PageBackend][];
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

/** Backends whose loss somebody waits for. */
const watched = new WeakSet<tf.KernelBackend>();

/** Makes a backend the current one, with normkit's kernels, and watches its device. */
export async function useBackend(name: BackendName): Promise<void> {
  await openBackend(name);
  const backend = tf.backend();
  if (watched.has(backend)) return;
  watched.add(backend);
  void lossOfDevice(name, backend).then(({ message, reason }) => loseBackend(name, message || reason));
}

/** The device of a backend is gone. */
function loseBackend(name: BackendName, reason: string): void {
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
