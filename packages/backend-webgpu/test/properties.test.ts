import '@tensorflow/tfjs';
import { describeRandomNorms } from '@normkit/conformance/random';
import { describe, it } from 'vitest';
import { target } from './open-webgpu.ts';

// Each shape may need shaders of its own, which an adapter in software takes long to compile.
await describeRandomNorms(target, { describe, it }, { numRuns: 20 });
