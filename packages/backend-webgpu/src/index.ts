/** Importing this package registers normkit's fused kernels with TensorFlow.js's webgpu backend. */
import { registerNormKernels } from '@normkit/core';
import { apply } from './apply.ts';
import { backward } from './backward.ts';
import { forward } from './forward.ts';
import { gaps } from './gaps.ts';
import type { WebGPUBackend } from './recording.ts';

export type { DeviceLoss } from '@normkit/core/devices';
export { onDeviceLost } from './device-loss.ts';

registerNormKernels<WebGPUBackend>('webgpu', { precision: 'float32', gaps, forward, backward, apply });
