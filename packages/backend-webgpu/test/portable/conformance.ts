import { create, globals } from './dawn.ts';
import { runner, runTests } from './runner.ts';

/* The conformance suite, on a machine that has a GPU and nothing else. */

Object.assign(globalThis, globals);
const gpu = create([]);
Object.defineProperty(globalThis, 'navigator', { value: { gpu }, configurable: true });
if (!(await gpu.requestAdapter())) {
  console.error('No GPU was found: its Vulkan driver is missing, or VK_ICD_FILENAMES must name it.');
  process.exit(1);
}

// Only now: TensorFlow.js registers its backend where it finds WebGPU.
const { describeNormKernels } = await import('@normkit/conformance');
const { target, webgpu } = await import('../open-webgpu.ts');
const { keepErrors, throwErrors } = await import('../validation.ts');

keepErrors();
await describeNormKernels({ ...target, required: true }, runner);
const failures = await runTests(() => throwErrors(webgpu().device));
process.exit(failures === 0 ? 0 : 1);
