import { memory } from '@tensorflow/tfjs-core';

/*
 * What decides how long an operation takes on the current backend, by what TensorFlow.js says of the memory that it
 * counts. Results differ by rounding alone.
 */

/** Whether the current backend computes on a GPU. */
export function isOnGpu(): boolean {
  return 'numBytesInGPU' in memory();
}

/** Whether the operations are plain JavaScript, on arrays whose memory the garbage collector frees, nobody knows when. */
export function isPlainJavaScript(): boolean {
  return memory().unreliable === true;
}
