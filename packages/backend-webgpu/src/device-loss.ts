import { watchDevices } from '@normkit/core/devices';

/**
 * Calls back when a device of TensorFlow.js's webgpu backend is lost: the present one, and those that come after it.
 * All tensors on it are lost too, and what is computed from them is worth nothing. Returns a function that ends it.
 *
 * @example onDeviceLost(({ reason, message }) => console.warn(`The GPU is gone (${reason}): ${message}`));
 */
export const onDeviceLost = watchDevices<GPUDevice>(
  'webgpu',
  (backend) => {
    const { device } = backend as unknown as { device?: GPUDevice };
    return device?.lost ? device : undefined;
  },
  (device) => device.lost.then(({ reason, message }) => ({ reason, message })),
);
