import * as tf from '@tensorflow/tfjs';
import type { Gpu } from '../gpu.ts';
import { prepareCopy } from './copy.ts';
import { type Context, isWebGL2, workDone } from './work-done.ts';

/** What is used of TensorFlow.js's webgl backend. */
export interface WebGLBackend {
  readonly gpgpu: { readonly gl: Context };
  getTextureManager(): TextureManager;
  makeTensorInfo(shape: readonly number[], dtype: 'float32', values: Float32Array): tf.TensorInfo;
  runWebGLProgram(
    program: Program,
    inputs: readonly tf.TensorInfo[],
    dtype: 'float32',
    uniforms: undefined,
    staysPacked: true,
  ): tf.TensorInfo;
  disposeIntermediateTensorInfo(tensor: tf.TensorInfo): void;
  time(run: () => void): Promise<{ kernelMs: number }>;
}

/** What TensorFlow.js calls a `GPGPUProgram`. */
export interface Program {
  readonly variableNames: readonly string[];
  readonly outputShape: readonly number[];
  readonly userCode: string;
  readonly packedInputs: true;
  readonly packedOutput: true;
}

/** It keeps textures that were given back, for those to come. */
interface TextureManager {
  readonly numBytesAllocated: number;
  readonly numBytesFree: number;
  acquireTexture(...all: unknown[]): unknown;
}

/** The GPU of TensorFlow.js's current backend, whose twin has the same context. */
export function currentGpu(): Gpu {
  const backend = currentWebGL();
  const { gl } = backend.gpgpu;
  const hasTimestamps = tf.env().getBool('WEBGL_DISJOINT_QUERY_TIMER_EXTENSION_RELIABLE');
  return {
    about: `${rendererOf(gl)}, WebGL ${isWebGL2(gl) ? 2 : 1}, ${hasTimestamps ? 'with' : 'without'} timestamps`,
    // As many floats as an unpacked texture has texels.
    mostBytes: 4 * gl.getParameter(gl.MAX_TEXTURE_SIZE) ** 2,
    finish: () => workDone(gl),
    time: hasTimestamps ? async (run) => (await currentWebGL().time(run)).kernelMs : undefined,
    prepareCopy: (floats) => prepareCopy(backend, floats, hasTimestamps),
  };
}

function currentWebGL(): WebGLBackend {
  return tf.backend() as unknown as WebGLBackend;
}

function rendererOf(gl: Context): string {
  const info = gl.getExtension('WEBGL_debug_renderer_info');
  return String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
}

/**
 * The most bytes of textures that the current backend had in use at once during `run`, beyond those that were before:
 * TensorFlow.js's own count, of every texel of a texture, scratch among them.
 */
export async function extraTextureBytes(run: () => void | Promise<void>): Promise<number> {
  const manager = currentWebGL().getTextureManager();
  const inUse = () => manager.numBytesAllocated - manager.numBytesFree;
  const { acquireTexture } = manager;
  const before = inUse();
  let peak = before;
  manager.acquireTexture = (...all) => {
    const texture = acquireTexture.apply(manager, all);
    peak = Math.max(peak, inUse());
    return texture;
  };
  try {
    await run();
  } finally {
    manager.acquireTexture = acquireTexture;
  }
  return peak - before;
}
