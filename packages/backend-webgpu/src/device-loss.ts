import { engine, getKernel, type KernelBackend, registerKernel } from '@tensorflow/tfjs-core';

/** Why a device is gone, as WebGPU says it: `destroyed` by a program, or `unknown`: the driver, the browser, the machine. */
export interface DeviceLoss {
  readonly reason: 'destroyed' | 'unknown';
  readonly message: string;
}

type Listener = (loss: DeviceLoss) => void;

const listeners = new Set<Listener>();
const losses = new WeakMap<GPUDevice, Promise<DeviceLoss>>();

/**
 * Calls back when a device of TensorFlow.js's webgpu backend is lost: the present one, and those that come after it.
 * All tensors on it are lost too, and what is computed from them is worth nothing. Returns a function that ends it.
 *
 * @example onDeviceLost(({ reason, message }) => console.warn(`The GPU is gone (${reason}): ${message}`));
 */
export function onDeviceLost(listener: Listener): () => void {
  const own: Listener = (loss) => listener(loss);
  listeners.add(own);
  return () => {
    listeners.delete(own);
  };
}

/** Resolves when a backend's device is lost; never for a backend without one. */
export function lossOf(backend: KernelBackend): Promise<DeviceLoss> {
  const { device } = backend as unknown as { device?: GPUDevice };
  return device?.lost ? watch(device) : new Promise(() => undefined);
}

function watch(device: GPUDevice): Promise<DeviceLoss> {
  const known = losses.get(device);
  if (known) return known;
  const loss = device.lost.then(({ reason, message }) => ({ reason, message }));
  losses.set(device, loss);
  // Each on its own: one that throws must not keep the loss from the others.
  void loss.then((lost) => {
    for (const listener of [...listeners]) void Promise.resolve(lost).then(listener);
  });
  return loss;
}

/** TensorFlow.js sets up the kernels of a backend whenever it is made: the one moment at which others learn of it. */
export function watchDevices(backendName: string): void {
  const kernelName = 'NormkitDevice';
  if (getKernel(kernelName, backendName)) return;
  registerKernel({
    kernelName,
    backendName,
    setupFunc: (backend) => void lossOf(backend as KernelBackend),
    kernelFunc: () => {
      throw new Error('[normkit] NormkitDevice is no kernel to run: it is there to be set up');
    },
  });
  const present = engine().registry[backendName];
  if (present) void lossOf(present);
}
