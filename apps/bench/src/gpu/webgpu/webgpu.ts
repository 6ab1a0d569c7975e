import * as tf from '@tensorflow/tfjs';
import type { Gpu } from '../gpu.ts';
import { prepareCopy } from './copy.ts';
import { workDone } from './work-done.ts';

/** What is used of TensorFlow.js's webgpu backend. */
interface WebGPUBackend {
  readonly device: GPUDevice;
  readonly tensorMap: tf.DataStorage<{ shape: number[] }>;
  readonly commandEncoder: GPUCommandEncoder | null;
  endComputePassEncoder(): void;
  submitQueue(): void;
  time(run: () => void): Promise<{ kernelMs: number }>;
}

/** The GPU of TensorFlow.js's current backend, whose twin may have a device of its own on the same one. */
export function currentGpu(): Gpu {
  const { device } = currentWebGPU();
  const hasTimestamps = device.features.has('timestamp-query');
  return {
    about: describe(device),
    mostBytes: device.limits.maxStorageBufferBindingSize,
    finish,
    time: hasTimestamps ? async (run) => (await currentWebGPU().time(run)).kernelMs : undefined,
    prepareCopy: (floats) => prepareCopy(device, floats, hasTimestamps),
    device,
  };
}

export function currentWebGPU(): WebGPUBackend {
  return tf.backend() as unknown as WebGPUBackend;
}

async function finish(): Promise<void> {
  const backend = currentWebGPU();
  if (backend.commandEncoder) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
  await workDone(backend.device);
}

function describe({ adapterInfo, features }: GPUDevice): string {
  const { vendor, architecture, description, isFallbackAdapter } = adapterInfo;
  const name = [vendor, architecture, description].filter(Boolean).join(' ') || 'an adapter without a name';
  const timestamps = features.has('timestamp-query') ? 'with' : 'without';
  return `${name}${isFallbackAdapter ? ', in software' : ''}, ${timestamps} timestamps`;
}
