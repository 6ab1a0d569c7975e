import '@tensorflow/tfjs';
import { describeNormKernels } from '@normkit/conformance';
import { describe, it } from 'vitest';
import { target } from './open-webgl.ts';

await describeNormKernels(target, { describe, it });
