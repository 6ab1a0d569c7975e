import type { TensorInfo } from '@tensorflow/tfjs';
import type { Prepared } from '../../contenders.ts';
import type { Program, WebGLBackend } from './webgl.ts';
import { isWebGL2, workDone } from './work-done.ts';

/** The floor on WebGL: a program of TensorFlow.js's backend that copies as many floats between two packed textures. */
export function prepareCopy(backend: WebGLBackend, floats: number, hasTimestamps: boolean): Prepared {
  const { gl } = backend.gpgpu;
  const width = Math.ceil(Math.sqrt(floats / 4));
  const [rows, columns] = [2 * Math.ceil(floats / 4 / width), 2 * width];
  const source = backend.makeTensorInfo([rows, columns], 'float32', new Float32Array(rows * columns));
  const run = () => backend.disposeIntermediateTensorInfo(copyOf(backend, source));
  return {
    enter: async () => {},
    run,
    finish: () => workDone(gl),
    gpuTime: hasTimestamps ? async () => (await backend.time(run)).kernelMs : undefined,
    dispose: () => backend.disposeIntermediateTensorInfo(source),
  };
}

/** A copy of a matrix, texel by texel: four floats at once. */
export function copyOf(backend: WebGLBackend, source: TensorInfo): TensorInfo {
  const texel = isWebGL2(backend.gpgpu.gl) ? 'texelFetch(x, ivec2(gl_FragCoord.xy), 0)' : 'texture2D(x, resultUV)';
  const program: Program = {
    variableNames: ['x'],
    outputShape: source.shape,
    userCode: `void main() { setOutput(${texel}); }`,
    packedInputs: true,
    packedOutput: true,
  };
  return backend.runWebGLProgram(program, [source], 'float32', undefined, true);
}
