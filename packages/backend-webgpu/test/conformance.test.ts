import '@tensorflow/tfjs';
import { describeNormKernels } from '@normkit/conformance';
import { describe, it } from 'vitest';
import { FINE, openTuned, target } from './open-webgpu.ts';

await describeNormKernels({ ...target, open: () => openTuned(FINE) }, { describe, it });
