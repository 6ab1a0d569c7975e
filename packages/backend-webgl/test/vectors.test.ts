import '@tensorflow/tfjs';
import { describeProperties, describeVectors } from '@normkit/conformance';
import { describe, inject, it } from 'vitest';
import { target } from './open-webgl.ts';

await describeVectors(target, inject('vectors'), { describe, it });
await describeProperties(target, { describe, it });
