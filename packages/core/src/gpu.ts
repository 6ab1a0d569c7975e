import { memory } from '@tensorflow/tfjs-core';

/** Whether the current backend computes on a GPU: TensorFlow.js says so by the memory that it counts. */
export function isOnGpu(): boolean {
  return 'numBytesInGPU' in memory();
}
