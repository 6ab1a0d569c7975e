import { getKernel, type KernelFunc, registerKernel, type TensorInfo, unregisterKernel } from '@tensorflow/tfjs-core';
import type { Call } from './compose.ts';

const backendName = 'wasm';

/** Registers a kernel that this version of TensorFlow.js lacks; where it has one of its own, that one stays. */
export function supply<Inputs, Attributes>(
  kernelName: string,
  kernel: (call: Call<Inputs, Attributes>) => TensorInfo,
): void {
  if (getKernel(kernelName, backendName)) return;
  registerKernel({ kernelName, backendName, kernelFunc: kernel as unknown as KernelFunc });
}

/** Puts a right kernel in the place of a wrong one. */
export function replace<Inputs, Attributes>(
  kernelName: string,
  kernel: (call: Call<Inputs, Attributes>) => TensorInfo,
): void {
  wrap(kernelName, () => kernel as unknown as KernelFunc);
}

/** Puts a function around a kernel's own; its set-up and tear-down stay, and it need not have been set up yet. */
export function wrap(kernelName: string, around: (original: KernelFunc) => KernelFunc): void {
  const config = getKernel(kernelName, backendName);
  if (!config) return;
  unregisterKernel(kernelName, backendName);
  registerKernel({ ...config, kernelFunc: around(config.kernelFunc) });
}
