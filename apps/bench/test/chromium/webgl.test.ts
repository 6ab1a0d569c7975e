import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { openBackend } from '../../src/backends.ts';
import { contendersOn } from '../../src/contenders.ts';
import type { Gpu } from '../../src/gpu/gpu.ts';
import { copyOf } from '../../src/gpu/webgl/copy.ts';
import type { WebGLBackend } from '../../src/gpu/webgl/webgl.ts';
import { describeContenders } from '../describe-contenders.ts';

const backend = await openBackend('webgl');
const { about, mostBytes, finish } = backend.gpu as Gpu;

describeContenders([['webgl', backend]]);

describe('the GPU behind webgl', () => {
  it('is described in one line, and says how much it takes', () => {
    expect(about).toMatch(/^ANGLE .*, WebGL 2, with(out)? timestamps$/);
    expect(mostBytes).toBeGreaterThanOrEqual(4 * 2048 ** 2);
  });

  it('copies every float', () => {
    const webgl = tf.backend() as unknown as WebGLBackend & { readSync(dataId: object): Float32Array };
    const floats = Float32Array.from({ length: 14 * 22 }, (_, at) => at + 1);
    const source = webgl.makeTensorInfo([14, 22], 'float32', floats);
    const copy = copyOf(webgl, source);
    expect(webgl.readSync(copy.dataId)).toEqual(floats);
    for (const each of [source, copy]) webgl.disposeIntermediateTensorInfo(each);
  });

  it('fails where the context reports an error, for what is invalid is not run and would look fast', async () => {
    const { gl } = (tf.backend() as unknown as WebGLBackend).gpgpu;
    tf.dispose(tf.add(tf.ones([2000]), 1));
    await finish();
    gl.enable(0);
    await expect(finish()).rejects.toThrow(/^the context reports: error \d+$/);
    await finish();
  });

  it('counts the memory of ours: y, and what the statistics take', async () => {
    const ours = contendersOn(backend).find(({ name }) => name === 'ours');
    const prepared = await ours?.prepare({ norm: 'layerNorm', shape: [64, 258], axis: -1 }, 'forward');
    // What was not used yet is uploaded first.
    if (prepared && 'run' in prepared) await prepared.run();
    const inMultiplesOfX = ((await prepared?.extraBytes?.()) ?? 0) / (4 * 64 * 258);
    expect(inMultiplesOfX).toBeGreaterThanOrEqual(1);
    expect(inMultiplesOfX).toBeLessThan(1.2);
    await prepared?.dispose();
  });
});
