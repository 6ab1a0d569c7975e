import { Absent } from '@normkit/shelf/absent';
import { BACKEND_NAMES, loadStock } from '@normkit/shelf/backends';
import { expect, it } from 'vitest';

it('the backends are there, the slowest first', () => {
  expect(BACKEND_NAMES).toEqual(['cpu', 'wasm', 'webgl', 'webgpu']);
});

it('webgl is absent in Node, and says what it needs', async () => {
  const absent = await loadStock('webgl').catch((error: unknown) => error);
  expect(absent).toEqual(new Absent('webgl needs a browser: Node has no WebGL'));
});
