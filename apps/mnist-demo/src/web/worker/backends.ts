import { type BackendName, enter, loadKernels, loadStock } from '@normkit/shelf/backends';
import { openBackend } from '@normkit/training';
import * as tf from '@tensorflow/tfjs';
import type { BackendInfo } from '../service.ts';

/** What the page alone knows of a backend. */
interface PageBackend {
  readonly label: string;
  readonly isHere: () => boolean | Promise<boolean>;
  /** Whether its device can go away while it is used. */
  readonly canBeLost: boolean;
}

/** The one to begin with first: WebGL is what TensorFlow.js itself begins with, in every browser that has it. */
const BACKENDS: Readonly<Record<BackendName, PageBackend>> = {
  webgl: { label: 'WebGL', isHere: hasWebGL, canBeLost: true },
  wasm: { label: 'WebAssembly', isHere: () => 'WebAssembly' in globalThis, canBeLost: false },
  webgpu: { label: 'WebGPU', isHere: async () => Boolean(await navigator.gpu?.requestAdapter()), canBeLost: true },
  cpu: { label: 'JavaScript', isHere: () => true, canBeLost: false },
};

/** As TensorFlow.js looks for it in a worker: it takes no WebGL 1 there, none that is slow, and none of Safari's. */
function hasWebGL(): boolean {
  if (tf.env().getBool('IS_SAFARI') || typeof OffscreenCanvas === 'undefined') return false;
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2', { failIfMajorPerformanceCaveat: true });
  gl?.getExtension('WEBGL_lose_context')?.loseContext();
  return gl !== null;
}

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

/** Makes a backend the current one, with normkit's kernels, and with a fresh device where its own is lost. */
export async function useBackend(name: BackendName): Promise<void> {
  await loadStock(name);
  await loadKernels(name);
  await openBackend([name]);
  await enter(name);
}
