import * as tf from '@tensorflow/tfjs';
import { before } from '#place';

/** How a backend of TensorFlow.js is opened. */
interface BackendEntry {
  /** Loads TensorFlow.js's backend. */
  readonly stock: () => Promise<unknown>;
  /** Loads what normkit has for it: the kernels of the norms, and the ones that it lacks to train. */
  readonly kernels: () => Promise<unknown>;
}

/**
 * The backends that the apps run on, the slowest first, where there is a GPU. To add a backend, add an entry. Each is imported only when it is
 * opened: a page that runs on wasm never loads the others.
 */
const BACKENDS = {
  cpu: {
    stock: () => import('@tensorflow/tfjs-backend-cpu'),
    kernels: () => import('@normkit/backend-cpu'),
  },
  wasm: {
    stock: () => import('@tensorflow/tfjs-backend-wasm'),
    kernels: () => Promise.all([import('@normkit/backend-wasm'), import('@normkit/training/wasm')]),
  },
  webgl: {
    stock: () => import('@tensorflow/tfjs-backend-webgl'),
    kernels: () => import('@normkit/backend-webgl'),
  },
  webgpu: {
    stock: () => import('@tensorflow/tfjs-backend-webgpu'),
    kernels: () => import('@normkit/backend-webgpu'),
  },
} as const satisfies Record<string, BackendEntry>;

export type BackendName = keyof typeof BACKENDS;
export const BACKEND_NAMES = Object.keys(BACKENDS) as readonly BackendName[];

export function isBackendName(name: string): name is BackendName {
  return Object.hasOwn(BACKENDS, name);
}

/**
 * Makes TensorFlow.js's backend known, without normkit's kernels.
 *
 * @throws Absent in Node, for webgl, and where the machine has no WebGPU.
 */
export async function loadStock(name: BackendName): Promise<void> {
  await before[name]?.();
  await BACKENDS[name].stock();
}

/** Registers normkit's kernels for a backend that is known. */
export async function loadKernels(name: BackendName): Promise<void> {
  await BACKENDS[name].kernels();
}

/** Makes a backend that is known the current one; it may have any name. */
export async function enter(name: string): Promise<void> {
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js cannot open its ${name} backend here.`);
  const backend = tf.backend();
  // The first tensor on cpu would print a banner that recommends another package.
  Object.assign(backend, { firstUse: false });
  // TensorFlow.js takes a webgl backend of float32 for one of float16, with 1e-4 for the epsilon of optimizers, not 1e-7.
  const isFloat32 = name.startsWith('webgl') && tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED');
  if (isFloat32) Object.assign(backend, { floatPrecisionValue: 32 });
}

/** Makes a backend the current one, with normkit's kernels. */
export async function useBackend(name: BackendName): Promise<void> {
  await loadStock(name);
  await loadKernels(name);
  await enter(name);
}
