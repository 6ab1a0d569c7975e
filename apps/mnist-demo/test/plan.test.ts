import { expect, it } from 'vitest';
import { parseOptions } from '../src/terminal/options.ts';
import { usualBackends } from '../src/terminal/plan.ts';

it('a run is on the fastest backend at hand, and a comparison of them on all', () => {
  expect(usualBackends(parseOptions([]).options, ['webgpu', 'wasm', 'cpu'])).toEqual(['webgpu']);
  expect(usualBackends(parseOptions([]).options, ['wasm', 'cpu'])).toEqual(['wasm']);
  expect(usualBackends(parseOptions(['--compare', 'batch-size']).options, ['wasm', 'cpu'])).toEqual(['wasm']);
  expect(usualBackends(parseOptions(['--compare', 'backends']).options, ['wasm', 'cpu'])).toEqual(['wasm', 'cpu']);
});
