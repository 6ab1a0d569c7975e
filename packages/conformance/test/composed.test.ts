import '@tensorflow/tfjs';
import { describeNormKernels } from '@normkit/conformance';
import { describe, it } from 'vitest';

// No backend package is imported here, so every op is composed of TensorFlow.js's own operations.
await describeNormKernels({ backend: 'cpu', open: async () => undefined, fused: false }, { describe, it });
