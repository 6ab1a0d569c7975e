import { getKernel, type KernelConfig } from '@tensorflow/tfjs-core';
import { kernelNames, type NormTraits } from './kernels.ts';

/** A registered kernel. What its backend says of it stays in TensorFlow.js's registry, where a second copy of core finds it. */
export interface NormKernelConfig extends KernelConfig {
  readonly traits: NormTraits;
}

/** What the kernels of a backend say of themselves, or `undefined` where it has none and norms are composed. */
export function normTraits(backendName: string): NormTraits | undefined {
  return (getKernel(kernelNames.forward, backendName) as NormKernelConfig | undefined)?.traits;
}
