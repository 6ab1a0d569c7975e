import * as tf from '@tensorflow/tfjs';

/** What is used of TensorFlow.js's webgpu backend. */
interface WebGPUBackend {
  readonly device: GPUDevice;
  readonly tensorMap: tf.DataStorage<{ shape: number[] }>;
  readonly commandEncoder: GPUCommandEncoder | null;
  endComputePassEncoder(): void;
  submitQueue(): void;
  time(run: () => void): Promise<{ kernelMs: number }>;
}

/** The GPU behind a backend, whose ops only queue their work. */
export interface Gpu {
  readonly device: GPUDevice;
  /** Submits what the current backend has recorded, and resolves when it is done. Throws what the device reports. */
  readonly finish: () => Promise<void>;
  /** The device's own milliseconds of what a run on the current backend dispatches; where it has timestamps. */
  readonly time: ((run: () => void) => Promise<number>) | undefined;
}

/** The GPU of TensorFlow.js's current backend, whose twin may have a device of its own on the same one. */
export function currentGpu(): Gpu {
  const { device } = currentWebGPU();
  return {
    device,
    finish: async () => {
      const backend = currentWebGPU();
      if (backend.commandEncoder) {
        backend.endComputePassEncoder();
        backend.submitQueue();
      }
      await workDone(backend.device);
    },
    time: device.features.has('timestamp-query')
      ? async (run) => (await currentWebGPU().time(run)).kernelMs
      : undefined,
  };
}

export function currentWebGPU(): WebGPUBackend {
  return tf.backend() as unknown as WebGPUBackend;
}

/** In words: whose adapter it is, and whether it is one in software. */
export function describe({ adapterInfo, features }: GPUDevice): string {
  const { vendor, architecture, description, isFallbackAdapter } = adapterInfo;
  const name = [vendor, architecture, description].filter(Boolean).join(' ') || 'an adapter without a name';
  const timestamps = features.has('timestamp-query') ? 'with' : 'without';
  return `${name}${isFallbackAdapter ? ', in software' : ''}, ${timestamps} timestamps`;
}

const reports = new WeakMap<GPUDevice, string[]>();

/** Resolves when a device has done what it has been given so far; throws what it found wrong with that. */
export async function workDone(device: GPUDevice): Promise<void> {
  await device.queue.onSubmittedWorkDone();
  const [first] = reportsOf(device).splice(0);
  // What is invalid is not run, and would look fast.
  if (first) throw new Error(`the device reports: ${first}`);
}

function reportsOf(device: GPUDevice): string[] {
  const known = reports.get(device);
  if (known) return known;
  const own: string[] = [];
  reports.set(device, own);
  device.addEventListener('uncapturederror', ({ error }) => own.push(error.message));
  return own;
}
