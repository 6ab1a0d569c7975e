import { type BackendName, enter, loadKernels, loadStock } from '@normkit/shelf/backends';
import * as tf from '@tensorflow/tfjs';
import type { Gpu } from './gpu/gpu.ts';
import * as webgl from './gpu/webgl/webgl.ts';
import * as webgpu from './gpu/webgpu/webgpu.ts';
import { extraBytes } from './memory.ts';

/** A TensorFlow.js backend, ready to run on, twice. */
export interface Backend {
  /** TensorFlow.js's name of the one with normkit's kernels. */
  readonly fused: string;
  /** And of its twin without them. */
  readonly composed: string;
  /** Of the current backend: the most bytes that `run` took beyond those that were there before. */
  readonly extraBytes: Measured;
  /** Of a backend that has one, whose ops then only queue their work. */
  readonly gpu?: Gpu;
}

type Measured = (run: () => void | Promise<void>) => Promise<number>;

/** What the bench alone knows of a backend: where it keeps its buffers, and whether it has a GPU. */
interface Facts {
  readonly extraBytes: Measured;
  readonly gpu?: () => Gpu;
}

const FACTS: Readonly<Record<BackendName, Facts>> = {
  cpu: {
    extraBytes: (run) => {
      const { data } = tf.backend() as unknown as { data: tf.DataStorage<{ values?: { byteLength?: number } }> };
      return extraBytes(data, ({ values }) => values?.byteLength ?? 0, run);
    },
  },
  wasm: {
    extraBytes: (run) => {
      const { dataIdMap } = tf.backend() as unknown as { dataIdMap: tf.DataStorage<{ shape: number[] }> };
      return extraBytes(dataIdMap, bytesOf, run);
    },
  },
  webgl: { gpu: webgl.currentGpu, extraBytes: webgl.extraTextureBytes },
  webgpu: {
    gpu: webgpu.currentGpu,
    extraBytes: async (run) => {
      // What is disposed of is freed when it has been submitted.
      await webgpu.currentGpu().finish();
      return extraBytes(webgpu.currentWebGPU().tensorMap, bytesOf, run);
    },
  },
};

function bytesOf({ shape }: { readonly shape: readonly number[] }): number {
  return 4 * tf.util.sizeFromShape([...shape]);
}

/** Opens a backend with normkit's kernels, and its twin. */
export async function openBackend(name: BackendName): Promise<Backend> {
  const { gpu, extraBytes } = FACTS[name];
  await loadStock(name);
  const names = { fused: name, composed: registerTwin(name) };
  await loadKernels(name);
  for (const each of [names.composed, names.fused]) await enter(each);
  return { ...names, extraBytes, ...(gpu && { gpu: gpu() }) };
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
