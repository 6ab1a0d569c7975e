import type { Prepared } from '../contenders.ts';

/** The GPU behind a backend, whose ops only queue their work. */
export interface Gpu {
  /** In words: whose it is, and whether it has timestamps. */
  readonly about: string;
  /** Of the largest tensor. */
  readonly mostBytes: number;
  /** Resolves when what the current backend has queued is done. Throws what the GPU reports. */
  readonly finish: () => Promise<void>;
  /** The GPU's own milliseconds of what a run on the current backend queues; where it has timestamps. */
  readonly time: ((run: () => void) => Promise<number>) | undefined;
  /** The floor: a program that copies so many floats in the GPU's memory. */
  readonly prepareCopy: (floats: number) => Prepared;
  /** Of WebGPU: what another library may run on. */
  readonly device?: GPUDevice;
}
