import '@tensorflow/tfjs';
import { describeRandomNorms } from '@normkit/conformance/random';
import { describe, it } from 'vitest';
import { target } from './open-webgl.ts';

// Each kind of shape has programs of its own, which take long to compile.
await describeRandomNorms(target, { describe, it }, { numRuns: 20 });
