import * as tf from '@tensorflow/tfjs';
import { afterEach } from 'vitest';
import { keepErrors, throwErrors } from './validation.ts';

// Node may have no WebGPU; the tests say so.
if (typeof GPUAdapter !== 'undefined') keepErrors();

afterEach(() => throwErrors((tf.engine().registry['webgpu'] as unknown as { device?: GPUDevice } | undefined)?.device));
