import '@tensorflow/tfjs';
import { describeProperties, describeVectors } from '@normkit/conformance';
import { describe, inject, it } from 'vitest';
import type {} from '../../../vitest.vectors.ts';

const composed = { backend: 'cpu', open: async () => undefined, fused: false } as const;

await describeVectors(composed, inject('vectors'), { describe, it });
await describeProperties(composed, { describe, it });
