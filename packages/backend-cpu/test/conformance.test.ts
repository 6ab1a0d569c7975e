import '@tensorflow/tfjs';
import { describeNormKernels } from '@normkit/core/conformance';
import { describe, it } from 'vitest';

await describeNormKernels(
  { backend: 'cpu', open: async () => void (await import('@normkit/backend-cpu')), precision: 'float64', fused: true },
  { describe, it },
);
