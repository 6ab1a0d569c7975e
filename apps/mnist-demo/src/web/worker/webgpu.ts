import '@tensorflow/tfjs-backend-webgpu';
import { onDeviceLost } from '@normkit/backend-webgpu';
import { loseBackend } from './backends.ts';

onDeviceLost(({ message, reason }) => loseBackend('webgpu', message || reason));
