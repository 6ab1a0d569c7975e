import '@tensorflow/tfjs';
import { describeRandomNorms } from '@normkit/conformance/random';
import { describe, it } from 'vitest';
import { target } from './open-wasm.ts';

await describeRandomNorms(target, { describe, it });
