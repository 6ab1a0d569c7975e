import * as tf from '@tensorflow/tfjs';

export interface KernelTime {
  readonly milliseconds: number;
  readonly calls: number;
}

/**
 * What each kernel of a backend takes in a run, by its name. A kernel that calls others is charged with them, as it is
 * what the program called; what is in no kernel is JavaScript.
 */
export async function kernelTimes(backendName: string, run: () => Promise<void>): Promise<Map<string, KernelTime>> {
  const times = new Map<string, KernelTime>();
  let isInKernel = false;
  const timed =
    ({ kernelName, kernelFunc }: tf.KernelConfig): tf.KernelFunc =>
    (call) => {
      if (isInKernel) return kernelFunc(call);
      isInKernel = true;
      const start = performance.now();
      try {
        return kernelFunc(call);
      } finally {
        isInKernel = false;
        const { milliseconds, calls } = times.get(kernelName) ?? { milliseconds: 0, calls: 0 };
        times.set(kernelName, { milliseconds: milliseconds + performance.now() - start, calls: calls + 1 });
      }
    };
  const kernels = tf.getKernelsForBackend(backendName);
  for (const kernel of kernels) reregister({ ...kernel, kernelFunc: timed(kernel) });
  try {
    await run();
  } finally {
    for (const kernel of kernels) reregister(kernel);
  }
  return times;
}

/** Registering over a kernel prints a warning. */
function reregister(kernel: tf.KernelConfig): void {
  tf.unregisterKernel(kernel.kernelName, kernel.backendName);
  tf.registerKernel(kernel);
}
