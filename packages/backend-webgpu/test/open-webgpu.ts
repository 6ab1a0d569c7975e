import * as tf from '@tensorflow/tfjs';
import type { WebGPUBackend } from '../src/recording.ts';
import { type Tuning, tune, tuningOf } from '../src/tuning.ts';

/** Makes TensorFlow.js's webgpu backend available, with the kernels. */
export async function openWebGPU(): Promise<void> {
  await import('@tensorflow/tfjs-backend-webgpu');
  await import('@normkit/backend-webgpu');
  await tf.setBackend('webgpu');
}

/** Work divided as finely as on a GPU, which the software adapter is not: even small shapes have teams and splits. */
export const FINE: Tuning = { workgroup: 64, team: 64, units: 1, enough: 1024, subgroups: false };

export async function openTuned(tuning: Tuning): Promise<void> {
  await openWebGPU();
  tune(webgpu().device, tuning);
}

/** A webgpu backend made anew, with a device of its own. */
export async function openFresh(): Promise<void> {
  await openWebGPU();
  const factory = tf.findBackendFactory('webgpu');
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', factory, 3);
  await openWebGPU();
}

/** The same on a device that adds up in subgroups, as a program can have TensorFlow.js make it. */
export async function openWithSubgroups(): Promise<void> {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = function ({ requiredFeatures = [], ...rest } = {}) {
    return requestDevice.call(this, {
      ...rest,
      requiredFeatures: [...requiredFeatures, 'subgroups' as GPUFeatureName],
    });
  };
  try {
    await openFresh();
  } finally {
    GPUAdapter.prototype.requestDevice = requestDevice;
  }
  const { device } = webgpu();
  const { subgroups } = tuningOf(device);
  if (!subgroups) throw new Error('This WebGPU has no subgroups whose threads know which they are in');
  tune(device, { ...FINE, subgroups });
}

/** The current backend. */
export function webgpu(): WebGPUBackend {
  return tf.backend() as unknown as WebGPUBackend;
}

/** The kernels as the suites want to know them. */
export const target = { backend: 'webgpu', open: openWebGPU, fused: true } as const;
