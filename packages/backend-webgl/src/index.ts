/** Importing this package registers normkit's fused kernels with TensorFlow.js's webgl backend. */
import { registerNormKernels } from '@normkit/core';
import { apply } from './apply.ts';
import type { WebGLBackend } from './backend.ts';
import { backward } from './backward.ts';
import { forward } from './forward.ts';
import { gaps } from './gaps.ts';
import { precision } from './precision.ts';

export type { DeviceLoss } from '@normkit/core/devices';
export { onDeviceLost } from './device-loss.ts';

registerNormKernels<WebGLBackend>('webgl', { precision, gaps, forward, backward, apply });
