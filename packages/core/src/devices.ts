import { getKernel, type KernelBackend, registerKernel } from '@tensorflow/tfjs-core';

/** Why a device is gone: `destroyed` by a program, or `unknown`: the driver, the browser, the machine. */
export interface DeviceLoss {
  readonly reason: 'destroyed' | 'unknown';
  readonly message: string;
}

/** Resolves when the device of this backend is lost. Asked whenever TensorFlow.js makes a backend of the kind. */
export type LossOf = (backend: KernelBackend) => Promise<DeviceLoss>;

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
export function registerDevices(backendName: string, lossOf: LossOf): void {
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
