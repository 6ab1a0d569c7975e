import '@tensorflow/tfjs';
import { describeProperties, describeVectors } from '@normkit/vectors';
import { loadVectors } from '@normkit/vectors/load';
import { describe, it } from 'vitest';

const kernels = {
  backend: 'cpu',
  open: async () => void (await import('@normkit/backend-cpu')),
  precision: 'float64',
  fused: true,
} as const;

await describeVectors(kernels, loadVectors(), { describe, it });
await describeProperties(kernels, { describe, it });
