import * as tf from '@tensorflow/tfjs';
import { afterEach } from 'vitest';
import { throwErrors } from './validation.ts';

afterEach(() => throwErrors((tf.engine().registry['webgpu'] as unknown as { device?: GPUDevice } | undefined)?.device));
