import '@tensorflow/tfjs';
import { describeNormKernels } from '@normkit/core/conformance';
import { describe, it } from 'vitest';
import { target } from './open-webgpu.ts';

await describeNormKernels(target, { describe, it });
