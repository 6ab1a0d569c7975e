import '@tensorflow/tfjs';
import { describeNormKernels } from '@normkit/core/conformance';
import { describe, it } from 'vitest';
import { openTuned, target } from './open-webgpu.ts';

await describeNormKernels({ ...target, open: () => openTuned() }, { describe, it });
