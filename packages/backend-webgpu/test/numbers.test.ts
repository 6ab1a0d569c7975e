import '@tensorflow/tfjs';
import { describeFarNumbers } from '@normkit/conformance';
import { describe, it } from 'vitest';
import { FINE, openTuned, target } from './open-webgpu.ts';

await describeFarNumbers({ ...target, open: () => openTuned(FINE) }, { describe, it });
