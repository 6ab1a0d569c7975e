import '@tensorflow/tfjs';
import { describeProperties, describeVectors } from '@normkit/conformance';
import { describe, inject, it } from 'vitest';
import type {} from '../../../vitest.vectors.ts';
import { target } from './open-cpu.ts';

await describeVectors(target, inject('vectors'), { describe, it });
await describeProperties(target, { describe, it });
