import * as tf from '@tensorflow/tfjs';

/** What Node can run on here, the fastest first. */
export const BACKENDS = ['wasm', 'cpu'] as const;
export type BackendName = (typeof BACKENDS)[number];

const open: Record<BackendName, () => Promise<void>> = {
  wasm: async () => {
    await import('@tensorflow/tfjs-backend-wasm');
    await import('@normkit/backend-wasm');
    await import('@normkit/backend-wasm/training');
  },
  cpu: async () => {
    await import('@normkit/backend-cpu');
  },
};

const opened = new Map<BackendName, Promise<void>>();

/** Makes a backend the current one, with normkit's kernels. */
export async function useBackend(name: BackendName): Promise<void> {
  const opening = opened.get(name) ?? open[name]();
  opened.set(name, opening);
  await opening;
  if (!(await tf.setBackend(name))) throw new Error(`TensorFlow.js cannot open its ${name} backend here.`);
  // Or else the first tensor on cpu prints a banner that recommends another package.
  Object.assign(tf.backend(), { firstUse: false });
}
