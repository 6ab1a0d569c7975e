import { create, globals } from './dawn.ts';
import { runner, runTests } from './runner.ts';

/* The conformance suite, on a machine that has a GPU and nothing else. */

Object.assign(globalThis, globals);
Object.defineProperty(globalThis, 'navigator', { value: { gpu: create([]) }, configurable: true });

// Only now: TensorFlow.js registers its backend where it finds WebGPU.
const { describeNormKernels } = await import('@normkit/core/conformance');
const { target, webgpu } = await import('../open-webgpu.ts');
const { throwErrors } = await import('../validation.ts');

await describeNormKernels({ ...target, required: true }, runner);
const failures = await runTests(() => throwErrors(webgpu().device));
process.exit(failures === 0 ? 0 : 1);
