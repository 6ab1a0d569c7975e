import '@tensorflow/tfjs';
import { describeRandomNorms } from '@normkit/conformance/random';
import { describe, it } from 'vitest';

const composed = { backend: 'cpu', open: async () => undefined, fused: false } as const;

await describeRandomNorms(composed, { describe, it });
