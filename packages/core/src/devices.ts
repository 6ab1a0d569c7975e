import { engine, getKernel, type KernelBackend, registerKernel } from '@tensorflow/tfjs-core';

/** Why a device is gone: `destroyed` by a program, or `unknown`: the driver, the browser, the machine. */
export interface DeviceLoss {
  readonly reason: 'destroyed' | 'unknown';
  readonly message: string;
}

/** Resolves when the device of this backend is lost. Asked whenever TensorFlow.js makes a backend of the kind. */
type LossOf = (backend: KernelBackend) => Promise<DeviceLoss>;

/** A place in TensorFlow.js's registry, where a second copy of this module finds it too; it is no kernel to run. */
const DEVICE = 'NormkitDevice';

interface DeviceConfig {
  readonly lossOf: LossOf;
}

/**
 * Says how the devices of a backend tell that they are lost. TensorFlow.js sets up the kernels of a backend whenever it
 * makes one: the one moment at which others learn of it. `lossOf` is asked then, so that the loss is watched from the
 * beginning. Doing so again for the same backend changes nothing.
 */
function registerDevices(backendName: string, lossOf: LossOf): void {
  if (getKernel(DEVICE, backendName)) return;
  const config = {
    kernelName: DEVICE,
    backendName,
    lossOf,
    setupFunc: (backend: object) => void lossOf(backend as KernelBackend),
    kernelFunc: () => {
      throw new Error(`[normkit] ${DEVICE} is no kernel to run: it is there to be set up`);
    },
  };
  registerKernel(config);
}

/** Whether a package looks after the devices of this backend. */
export function hasDevices(backendName: string): boolean {
  return getKernel(DEVICE, backendName) !== undefined;
}

/** Resolves when a backend's device is lost; never for one that no package looks after, or that has no device. */
export function lossOfDevice(backendName: string, backend: KernelBackend): Promise<DeviceLoss> {
  const config = getKernel(DEVICE, backendName) as unknown as DeviceConfig | undefined;
  return config ? config.lossOf(backend) : new Promise(() => undefined);
}

/**
 * Looks after the devices of a backend: the present one, and those that come after it. `deviceOf` has no device where the
 * backend has none that can be lost; `lossOf` is asked once for each. Returns the `onDeviceLost` of the backend's package:
 * it calls a listener back at each loss, until it is ended.
 *
 * @example export const onDeviceLost = watchDevices('my-backend', (backend) => (backend as MyBackend).device, ({ lost }) => lost);
 */
export function watchDevices<Device extends object>(
  backendName: string,
  deviceOf: (backend: KernelBackend) => Device | undefined,
  lossOf: (device: Device) => Promise<DeviceLoss>,
): (listener: (loss: DeviceLoss) => void) => () => void {
  const listeners = new Set<(loss: DeviceLoss) => void>();
  const losses = new WeakMap<Device, Promise<DeviceLoss>>();
  const watch = (device: Device): Promise<DeviceLoss> => {
    const known = losses.get(device);
    if (known) return known;
    const loss = lossOf(device);
    losses.set(device, loss);
    // Each listener runs on its own: one that throws must not keep the others from hearing.
    void loss.then((lost) => {
      for (const listener of [...listeners]) void Promise.resolve(lost).then(listener);
    });
    return loss;
  };
  const lossOfBackend: LossOf = (backend) => {
    const device = deviceOf(backend);
    return device ? watch(device) : new Promise(() => undefined);
  };
  registerDevices(backendName, lossOfBackend);
  const present = engine().registry[backendName];
  if (present) void lossOfBackend(present);
  return (listener) => {
    // A function of its own: one listener may be told twice.
    const own = (loss: DeviceLoss) => listener(loss);
    listeners.add(own);
    return () => {
      listeners.delete(own);
    };
  };
}
