import '@tensorflow/tfjs';
import { describeNormKernels, describeProperties, describeVectors } from '@normkit/conformance';
import { loadVectors } from '@normkit/conformance/load';
import { describeRandomNorms } from '@normkit/conformance/random';
import { describe, it } from 'vitest';

const target = { backend: 'own', open: () => import('../own-backend.ts'), fused: true };
const runner = { describe, it };

await describeNormKernels(target, runner);
await describeRandomNorms(target, runner);
await describeVectors(target, loadVectors(), runner);
await describeProperties(target, runner);
