import * as tf from '@tensorflow/tfjs';
import { afterEach, expect } from 'vitest';

/** WebGL draws nothing where a call is invalid, and says so only if it is asked. */
afterEach(() => {
  const backend = tf.engine().registry['webgl'] as unknown as { gpgpu: { gl: WebGLRenderingContext } } | undefined;
  const gl = backend?.gpgpu.gl;
  if (gl && !gl.isContextLost()) expect(gl.getError()).toBe(gl.NO_ERROR);
});
