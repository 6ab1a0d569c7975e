import * as tf from '@tensorflow/tfjs';
import { expect, it } from 'vitest';
import type { WebGLBackend } from '../src/backend.ts';
import { gaps } from '../src/gaps.ts';

// The backend's own are there only in a browser.
tf.registerKernel({ kernelName: 'Slice', backendName: 'webgl', kernelFunc: () => [] });

const nothing = () => undefined;
const complete = {
  texData: { get: nothing, set: nothing, delete: nothing },
  uploadToGPU: nothing,
  unpackTensor: nothing,
  runWebGLProgram: nothing,
  disposeIntermediateTensorInfo: nothing,
};
const covered = (backend: object) => gaps.some((gap) => gap.covers({} as never, backend as WebGLBackend));

it('a backend that has what the kernels use is not in a gap', () => {
  expect(covered(complete)).toBe(false);
});

it.each(Object.keys(complete))('a backend without %s is', (name) => {
  expect(covered({ ...complete, [name]: undefined })).toBe(true);
});

it('so is one of a build of TensorFlow.js without Slice', () => {
  tf.unregisterKernel('Slice', 'webgl');
  expect(covered({ ...complete })).toBe(true);
});
