import '@tensorflow/tfjs';
import { describeNormKernels } from '@normkit/conformance';
import { describe, it } from 'vitest';
import { target } from '../open-webgpu.ts';

// A machine without a Vulkan driver, or with SwiftShader elsewhere, says so; pages are tested on every machine.
await describeNormKernels({ ...target, required: false }, { describe, it });
