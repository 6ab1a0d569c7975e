import '@tensorflow/tfjs';
import { describe, it } from 'vitest';
// By path: as a dependency it would be a cycle, for the vectors depend on core.
import { describeProperties, describeVectors } from '../../vectors/src/index.ts';
import { loadVectors } from '../../vectors/src/load.ts';

const composed = { backend: 'cpu', open: async () => undefined, precision: 'float32', fused: false } as const;

await describeVectors(composed, loadVectors(), { describe, it });
await describeProperties(composed, { describe, it });
