/** Importing this package registers normkit's fused kernels with TensorFlow.js's wasm backend. */
import { registerNormKernels } from '@normkit/core';
import { apply } from './apply.ts';
import { backward } from './backward.ts';
import { forward } from './forward.ts';
import { gaps, type WasmBackend } from './heap.ts';
import { reserve } from './memory.ts';
import { statistic } from './statistic.ts';

registerNormKernels<WasmBackend>('wasm', { precision: 'float64', gaps, forward, backward, apply, statistic, reserve });
