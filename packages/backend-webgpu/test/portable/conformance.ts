import { createRequire } from 'node:module';
import { runner, runTests } from './runner.ts';

/*
 * What scripts/pack.mjs bundles: the conformance suite and the bandwidth table, for a machine that has a GPU and
 * nothing else. `dawn.node` lies beside the bundle.
 */

const dawn = createRequire(import.meta.url)('./dawn.node') as {
  create(options: string[]): GPU;
  globals: object;
};
Object.assign(globalThis, dawn.globals);
Object.defineProperty(globalThis, 'navigator', { value: { gpu: dawn.create([]) }, configurable: true });

// Only now: TensorFlow.js registers its backend where it finds WebGPU.
const { describeNormKernels } = await import('@normkit/core/conformance');
const { target, webgpu } = await import('../open-webgpu.ts');
const { throwErrors } = await import('../validation.ts');
const { describeAdapter, measureBandwidth } = await import('./bandwidth.ts');

await describeNormKernels({ ...target, required: true }, runner);
const failures = await runTests(() => throwErrors(webgpu().device));
if (failures === 0) {
  console.info(`conformance complete on ${describeAdapter()}`);
  const isSoftware = webgpu().device.adapterInfo.isFallbackAdapter;
  for (const megabytes of isSoftware ? [1] : [1, 64, 256]) await measureBandwidth(megabytes);
}
process.exit(failures === 0 ? 0 : 1);
