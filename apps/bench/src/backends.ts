import * as tf from '@tensorflow/tfjs';
import { currentGpu, currentWebGPU, type Gpu } from './gpu/gpu.ts';
import { extraBytes } from './memory.ts';

/** A TensorFlow.js backend, ready to run on, twice. */
export interface Backend {
  /** TensorFlow.js's name of the one with normkit's kernels. */
  readonly fused: string;
  /** And of its twin without them. */
  readonly composed: string;
  /** Of the current backend: the most bytes that `run` took beyond those that were there before. */
  readonly extraBytes: (run: () => void | Promise<void>) => Promise<number>;
  /** Of a backend that has one, whose ops then only queue their work. */
  readonly gpu?: Gpu;
}

/** By the name that `--backend` takes. */
export const BACKENDS: Readonly<Record<string, () => Promise<Backend>>> = {
  cpu: openCpu,
  wasm: openWasm,
  webgpu: openWebGPU,
};

async function openCpu(): Promise<Backend> {
  const names = { fused: 'cpu', composed: registerTwin('cpu') };
  await import('@normkit/backend-cpu');
  for (const name of Object.values(names)) {
    await tf.setBackend(name);
    // Or else its first tensor prints a banner that recommends another package.
    Object.assign(tf.backend(), { firstUse: false });
  }
  return {
    ...names,
    extraBytes: (run) => {
      const { data } = tf.backend() as unknown as { data: tf.DataStorage<{ values?: { byteLength?: number } }> };
      return extraBytes(data, ({ values }) => values?.byteLength ?? 0, run);
    },
  };
}

async function openWasm(): Promise<Backend> {
  await import('@tensorflow/tfjs-backend-wasm');
  const names = { fused: 'wasm', composed: registerTwin('wasm') };
  await import('@normkit/backend-wasm');
  // A gradient's tensors are shared with it, not copied.
  await import('@normkit/training/wasm');
  return {
    ...names,
    extraBytes: (run) => {
      const { dataIdMap } = tf.backend() as unknown as { dataIdMap: tf.DataStorage<{ shape: number[] }> };
      return extraBytes(dataIdMap, ({ shape }) => 4 * tf.util.sizeFromShape(shape), run);
    },
  };
}

async function openWebGPU(): Promise<Backend> {
  await import('@tensorflow/tfjs-backend-webgpu');
  const names = { fused: 'webgpu', composed: registerTwin('webgpu') };
  await import('@normkit/backend-webgpu');
  await tf.setBackend(names.fused);
  const gpu = currentGpu();
  return {
    ...names,
    gpu,
    extraBytes: async (run) => {
      // What is disposed of is freed when it has been submitted.
      await gpu.finish();
      return extraBytes(currentWebGPU().tensorMap, ({ shape }) => 4 * tf.util.sizeFromShape(shape), run);
    },
  };
}

/**
 * The same backend under another name, with the kernels that it has by now. Done before normkit's are registered, it
 * leaves a backend on which normkit's ops are composed of TensorFlow.js's own.
 */
function registerTwin(name: string): string {
  const twin = `${name}-composed`;
  tf.registerBackend(twin, tf.findBackendFactory(name));
  tf.copyRegisteredKernels(name, twin);
  return twin;
}
