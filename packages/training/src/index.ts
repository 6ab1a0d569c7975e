/** What TensorFlow.js lacks to train on. `@normkit/training/wasm` brings the kernels of the wasm backend. */
export type { DeviceLoss } from '@normkit/core/devices';
export { type RecoverableModel, type Recovery, type RecoveryOptions, withDeviceRecovery } from './device-recovery.ts';
export { DeviceLost, openBackend, whileDeviceLives } from './device-watch.ts';
