/** Importing this package registers normkit's fused kernels with TensorFlow.js's cpu backend. */
import { registerNormKernels } from '@normkit/core';
import { apply } from './apply.ts';
import { backward } from './backward.ts';
import type { CpuBackend } from './buffers.ts';
import { forward } from './forward.ts';

registerNormKernels<CpuBackend>('cpu', { precision: 'float64', forward, backward, apply });
