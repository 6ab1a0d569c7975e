import { kernelNames } from '@normkit/core';
import type { BackendName } from '@normkit/shelf/backends';
import { measure, type Run } from '@normkit/shelf/measure';
import type { Op } from '@normkit/shelf/norm-ops';
import type { RealNorm } from '@normkit/shelf/tutorial/norm-names';
import * as tf from '@tensorflow/tfjs';
import type { RaceResult } from '../service.ts';
import { useBackend } from './backends.ts';
import { stockLayerOp, tutorialOp } from './norm-op.ts';

/** What each side of a race may take: milliseconds past its warm-up, and turns. */
const LIMITS = { budget: 800, rounds: 1000 };

/** Milliseconds of one forward and backward pass of the norm on the current backend: the least of three. */
export async function timeNorm(norm: RealNorm, shape: readonly number[]): Promise<number> {
  const op = tutorialOp(norm, shape);
  const pass = passOf(op);
  const times: number[] = [];
  while (times.length < 3) {
    const start = performance.now();
    await pass();
    times.push(performance.now() - start);
  }
  op.dispose();
  return Math.min(...times);
}

/** normkit against what TensorFlow.js has, turn by turn, so that a machine that slows down is fair to both. */
export async function race(norm: RealNorm, shape: readonly number[], backend: BackendName): Promise<RaceResult> {
  await useBackend(backend);
  const layer = stockLayerOp(norm, shape);
  const ops = { ours: tutorialOp(norm, shape), stock: layer ?? tutorialOp(norm, shape) };
  // Without normkit's kernels its ops are composed of TensorFlow.js's own.
  const useKernels = kernelSwitch(backend);
  const ours: Run = { enter: async () => useKernels(true), run: passOf(ops.ours) };
  const stock: Run = { enter: async () => useKernels(layer !== undefined), run: passOf(ops.stock) };
  const times = await measure(new Map(Object.entries({ ours, stock })), LIMITS).finally(() => useKernels(true));
  const median = (side: string) => times.get(side)?.median ?? Number.NaN;
  return { shape, normkit: median('ours'), stock: median('stock'), stockKind: layer ? 'layer' : 'operations' };
}

/** Takes normkit's kernels from a backend, and gives them back. */
function kernelSwitch(backend: BackendName): (isOn: boolean) => void {
  const names: readonly string[] = Object.values(kernelNames);
  const kernels = tf.getKernelsForBackend(backend).filter(({ kernelName }) => names.includes(kernelName));
  let wasOn = true;
  return (isOn) => {
    if (isOn === wasOn) return;
    for (const kernel of kernels) {
      if (isOn) tf.registerKernel(kernel);
      else tf.unregisterKernel(kernel.kernelName, backend);
    }
    wasOn = isOn;
  };
}

/** One pass. Reads the gradient of gamma, for which a GPU has to have done it all. */
function passOf({ run, inputs }: Op): () => Promise<void> {
  const differentiated = tf.valueAndGrads(run);
  return async () => {
    const { value, grads } = differentiated(inputs);
    await grads[1]?.data();
    tf.dispose([value, ...grads]);
  };
}
