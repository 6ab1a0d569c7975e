import '@tensorflow/tfjs';
import { describeProperties, describeVectors } from '@normkit/conformance';
import { describe, inject, it } from 'vitest';
import { target } from '../open-webgpu.ts';

// As for the suite beside this: where there is no adapter, it says so.
await describeVectors({ ...target, required: false }, inject('vectors'), { describe, it });
await describeProperties({ ...target, required: false }, { describe, it });
