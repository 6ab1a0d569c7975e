import '@tensorflow/tfjs';
import { describeNormKernels } from '@normkit/conformance';
import { describe, it } from 'vitest';
import { target } from './open-cpu.ts';

await describeNormKernels(target, { describe, it });
