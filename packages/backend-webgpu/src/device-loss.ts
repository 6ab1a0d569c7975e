import { type DeviceLoss, registerDevices } from '@normkit/core/devices';
import { engine, type KernelBackend } from '@tensorflow/tfjs-core';

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

/** Watches the device of the present backend, and of every one that TensorFlow.js makes later. */
export function watchDevices(backendName: string): void {
  registerDevices(backendName, lossOf);
  const present = engine().registry[backendName];
  if (present) void lossOf(present);
}

function lossOf(backend: KernelBackend): Promise<DeviceLoss> {
  const { device } = backend as unknown as { device?: GPUDevice };
  return device?.lost ? watch(device) : new Promise(() => undefined);
}

function watch(device: GPUDevice): Promise<DeviceLoss> {
  const known = losses.get(device);
  if (known) return known;
  const loss = device.lost.then(({ reason, message }) => ({ reason, message }));
  losses.set(device, loss);
  // Each listener runs on its own: one that throws must not keep the others from hearing.
  void loss.then((lost) => {
    for (const listener of [...listeners]) void Promise.resolve(lost).then(listener);
  });
  return loss;
}
