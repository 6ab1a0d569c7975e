import '@tensorflow/tfjs';
import { describeFarNumbers } from '@normkit/conformance';
import { describe, it } from 'vitest';
import { target } from './open-webgl.ts';

await describeFarNumbers(target, { describe, it });
