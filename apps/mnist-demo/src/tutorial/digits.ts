import { CLASSES, PIXELS, SIDE } from '@normkit/shelf/tutorial/picture';
import * as tf from '@tensorflow/tfjs';

/** Pictures of digits: one byte a pixel, 0 black and 255 white, `PIXELS` for each label. */
export interface Digits {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

export interface DigitSet {
  /** Where it comes from, in a few words. */
  readonly source: string;
  readonly train: Digits;
  readonly test: Digits;
}

export function countOf({ labels }: Digits): number {
  return labels.length;
}

/** The first `count`, without a copy. */
export function firstOf({ images, labels }: Digits, count: number): Digits {
  return { images: images.subarray(0, count * PIXELS), labels: labels.subarray(0, count) };
}

/** Those at `indices` as tensors: x [n,28,28] from 0 to 1, y [n] of labels. */
export function tensorsOf({ images, labels }: Digits, indices: ArrayLike<number>): { x: tf.Tensor3D; y: tf.Tensor1D } {
  const x = new Float32Array(indices.length * PIXELS);
  const y = new Float32Array(indices.length);
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row] ?? 0;
    for (let pixel = 0; pixel < PIXELS; pixel++) x[row * PIXELS + pixel] = (images[index * PIXELS + pixel] ?? 0) / 255;
    y[row] = labels[index] ?? 0;
  }
  return { x: tf.tensor3d(x, [indices.length, SIDE, SIDE]), y: tf.tensor1d(y) };
}

/** How many there are of each digit. */
export function histogramOf({ labels }: Digits): number[] {
  const counts = new Array<number>(CLASSES).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  return counts;
}
