import '@normkit/backend-cpu';
import { batchNorm, groupNorm, instanceNorm, layerNorm, rmsNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openWebGL } from './open-webgl.ts';

beforeEach(openWebGL);
afterEach(() => vi.restoreAllMocks());

interface Backend {
  readonly binaryCache: Record<string, unknown>;
  runWebGLProgram(program: object, ...rest: unknown[]): tf.TensorInfo;
  checkCompileCompletionAsync(): Promise<unknown>;
  getUniformLocations(): void;
}

const backend = () => tf.backend() as unknown as Backend;
const bytesOnGpu = () => (tf.memory() as unknown as { numBytesInGPU: number }).numBytesInGPU;

/** The programs that run meanwhile, by name. */
function programsOf(run: () => void): string[] {
  const ran = vi.spyOn(backend(), 'runWebGLProgram');
  run();
  const names = ran.mock.calls.map(([program]) => program.constructor.name);
  ran.mockRestore();
  return names;
}

/** In a texture, packed or not: what a program has made. */
function onGpu(values: tf.Tensor, packed: boolean): tf.Tensor {
  return tf.tidy(() => (packed ? tf.add(values, 0) : tf.where(tf.cast(tf.onesLike(values), 'bool'), values, values)));
}

/** Waits for a tensor, which is given up. */
async function onceRead(tensor: tf.Tensor): Promise<void> {
  await tensor.data();
  tensor.dispose();
}

/** What cpu gives. */
async function onCpu(run: () => tf.Tensor): Promise<Float32Array> {
  await tf.setBackend('cpu');
  const values = (await tf.tidy(run).data()) as Float32Array;
  await tf.setBackend('webgl');
  return values;
}

function expectClose(received: ArrayLike<number>, expected: ArrayLike<number>): void {
  expect(received.length).toBe(expected.length);
  for (let index = 0; index < expected.length; index++) expect(received[index]).toBeCloseTo(expected[index] ?? 0, 4);
}

describe('programs', () => {
  const norms: readonly (readonly [string, (x: tf.Tensor, gamma: tf.Tensor) => tf.Tensor])[] = [
    ['layer norm', (x, gamma) => layerNorm(x, { gamma })],
    ['RMS norm', (x, gamma) => rmsNorm(x, { gamma })],
    ['batch norm', (x, gamma) => batchNorm(x, { gamma })],
    ['group norm', (x, gamma) => groupNorm(x, { groups: 4, gamma })],
    ['instance norm', (x, gamma) => instanceNorm(x, { gamma })],
    ['batch norm, channels first', (x, gamma) => batchNorm(x, { axis: 1, gamma })],
    ['group norm, channels first', (x, gamma) => groupNorm(x, { axis: 1, groups: 4, gamma })],
    ['instance norm, channels first', (x, gamma) => instanceNorm(x, { axis: 1, gamma })],
  ];

  describe.each(norms)('%s', (_, norm) => {
    it.each([true, false])('of a texture that is packed (%s): three forward, five backward, no others', (packed) => {
      const x = onGpu(tf.randomNormal([2, 16, 12, 16]), packed);
      const dy = onGpu(tf.randomNormal([2, 16, 12, 16]), packed);
      const gamma = tf.ones([16]);
      tf.dispose(norm(x, gamma));
      const forward = programsOf(() => tf.dispose(norm(x, gamma)));
      expect(forward.length).toBeLessThanOrEqual(3);
      const both = programsOf(() => tf.dispose(tf.grads(norm as never)([x, gamma], dy)));
      expect(both.length).toBeLessThanOrEqual(3 + 5);
      expect([...forward, ...both].filter((name) => !name.startsWith('Normkit'))).toEqual([]);
      tf.dispose([x, dy, gamma]);
    });
  });

  it('given statistics take one, and the profiler sees one kernel', async () => {
    const x = onGpu(tf.randomNormal([2, 16, 12, 16]), true);
    const given = { mean: tf.zeros([16]), variance: tf.ones([16]) };
    const names = programsOf(() => tf.dispose(batchNorm(x, given)));
    expect(names.filter((name) => name.startsWith('Normkit'))).toEqual(['NormkitNormalize']);
    const { kernels } = await tf.profile(() => layerNorm(x));
    expect(kernels.map(({ name }) => name)).toEqual(['NormkitForward']);
    tf.dispose([x, given]);
  });

  it('a tensor that was packed by another shape is unpacked for it once', () => {
    const cpu = tf.tensor(new Float32Array(480), [480]);
    const [other, x] = [tf.reshape(cpu, [4, 6, 5, 4]), tf.reshape(cpu, [2, 6, 5, 8])];
    tf.add(other, 0);
    const names = programsOf(() => tf.dispose(layerNorm(x)));
    expect(names.filter((name) => !name.startsWith('Normkit'))).toHaveLength(2);
    expect(names).toContain('UnpackProgram');
  });

  it('another batch size, or another size of the image, needs no new one', () => {
    const run = (shape: number[]) => {
      const x = onGpu(tf.randomNormal(shape), true);
      const before = new Set(Object.keys(backend().binaryCache));
      tf.dispose([tf.grad((v: tf.Tensor) => groupNorm(v, { groups: 4 }))(x), x]);
      return Object.keys(backend().binaryCache).filter((key) => !before.has(key) && key.startsWith('Normkit')).length;
    };
    expect(run([4, 8, 10, 16])).toBeGreaterThan(0);
    expect(run([64, 8, 10, 16])).toBe(0);
    expect(run([3, 20, 30, 32])).toBe(0);
    // A batch of one has no index: it has programs of its own, once.
    expect(run([1, 8, 10, 16])).toBeGreaterThan(0);
    expect(run([1, 20, 30, 32])).toBe(0);
  });

  it("compile in the background as TensorFlow.js's own do", async () => {
    const x = tf.randomNormal([3, 5, 18]);
    const gradient = () => tf.grad((v: tf.Tensor) => layerNorm(v, { gamma: tf.ones([18]) }))(x);
    const expected = await tf.tidy(gradient).data();
    for (const key of Object.keys(backend().binaryCache)) delete backend().binaryCache[key];
    tf.env().set('ENGINE_COMPILE_ONLY', true);
    const before = tf.memory().numTensors;
    tf.dispose(gradient());
    tf.env().set('ENGINE_COMPILE_ONLY', false);
    await backend().checkCompileCompletionAsync();
    backend().getUniformLocations();
    const compiled = Object.keys(backend().binaryCache).length;
    expectClose(await tf.tidy(gradient).data(), expected);
    const ours = Object.keys(backend().binaryCache).filter((key) => key.startsWith('Normkit'));
    expect(ours.length).toBeGreaterThan(0);
    expect(
      Object.keys(backend().binaryCache)
        .slice(compiled)
        .filter((key) => key.startsWith('Normkit')),
    ).toEqual([]);
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before + 1);
  });
});

describe('tensors', () => {
  const values = () => tf.tidy(() => tf.reshape(tf.sin(tf.range(0, 2 * 6 * 5 * 8)), [2, 6, 5, 8]));
  const gradients = (x: tf.Tensor) =>
    tf.tidy(() => {
      const { value, grad } = tf.valueAndGrad((v: tf.Tensor) => groupNorm(v, { groups: 2, beta: tf.ones([8]) }))(x);
      return tf.stack([value, grad]);
    });

  it.each<[string, () => tf.Tensor]>([
    ['on the CPU', () => tf.tensor(values().dataSync(), [2, 6, 5, 8])],
    ['packed', () => onGpu(values(), true)],
    ['not packed', () => onGpu(values(), false)],
    [
      'packed by another shape',
      () => {
        const cpu = tf.tensor(values().dataSync(), [480]);
        // Both are one tensor to the backend; what packs it first decides.
        const [other, own] = [tf.reshape(cpu, [4, 6, 5, 4]), tf.reshape(cpu, [2, 6, 5, 8])];
        tf.add(other, 0);
        return own;
      },
    ],
    [
      "part of another's texture",
      () => tf.slice(onGpu(tf.concat([values(), values()]), false), [2, 0, 0, 0], [2, 6, 5, 8]),
    ],
    ['integers called floats', () => tf.cast(tf.cast(tf.mul(onGpu(values(), false), 9), 'int32'), 'float32')],
    [
      'read before',
      () => {
        const x = onGpu(values(), true);
        x.dataSync();
        return x;
      },
    ],
  ])('%s', async (_, make) => {
    const x = tf.tidy(make);
    const received = await gradients(x).data();
    const exact = await x.data();
    expectClose(received, await onCpu(() => gradients(tf.tensor(exact, [2, 6, 5, 8]))));
  });

  it('with dy packed and x not, and the other way', async () => {
    const dy = tf.cos(values());
    const gradient = (x: tf.Tensor, slope: tf.Tensor) => tf.grad((v: tf.Tensor) => layerNorm(v))(x, slope);
    const [valuesOfX, valuesOfDy] = [await values().data(), await dy.data()];
    const shape = [2, 6, 5, 8];
    const expected = await onCpu(() => gradient(tf.tensor(valuesOfX, shape), tf.tensor(valuesOfDy, shape)));
    for (const packed of [true, false]) {
      expectClose(await gradient(onGpu(values(), packed), onGpu(dy, !packed)).data(), expected);
    }
  });

  it('of one, two, three and four elements, which TensorFlow.js would give to programs as uniforms', async () => {
    for (const size of [1, 2, 3, 4]) {
      const run = () =>
        layerNorm(
          tf.tidy(() => tf.range(0, size)),
          { gamma: tf.range(1, size + 1), beta: tf.ones([size]) },
        );
      expectClose(await run().data(), await onCpu(run));
    }
  });

  it('from pixels, and from a texture of the program', async () => {
    const pixels = { width: 4, height: 3, data: Uint8Array.from({ length: 48 }, (_, index) => (index * 37) % 256) };
    const image = tf.browser.fromPixels(pixels, 4);
    const run = (x: tf.Tensor) => instanceNorm(tf.expandDims(x, 0));
    const expected = await onCpu(() => run(tf.tensor(Array.from(pixels.data), [3, 4, 4])));
    expectClose(await run(image).data(), expected);

    const { gl } = (tf.backend() as unknown as { gpgpu: { gl: WebGL2RenderingContext } }).gpgpu;
    const texture = gl.createTexture();
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA32F, 4, 3, 0, gl.RGBA, gl.FLOAT, Float32Array.from(pixels.data));
    const x = tf.tensor({ texture, height: 3, width: 4, channels: 'RGBA' } as never, [3, 4, 4]);
    expectClose(await run(x).data(), expected);
  });

  it('lanes without an element are 0, for TensorFlow.js multiplies with them', async () => {
    const values = Float32Array.from({ length: 15 }, (_, index) => Math.sin(index));
    const run = () => {
      const x = tf.tensor(values, [3, 5]);
      const y = layerNorm(x, { beta: tf.fill([5], 2) });
      const dx = tf.grad((v: tf.Tensor) => layerNorm(v, { gamma: tf.fill([5], 3) }))(x, tf.square(x));
      return tf.stack([y, dx].map((one) => tf.matMul(one, one, false, true)));
    };
    expectClose(await run().data(), await onCpu(run));
  });

  it('with more elements than a texture has columns', async () => {
    const columns = 20_000;
    const values = Float32Array.from({ length: 3 * columns }, (_, index) => Math.sin(index));
    const run = () => layerNorm(tf.tensor(values, [3, columns]));
    expectClose(await run().data(), await onCpu(run));
  });
});

it('nothing is left on the GPU after 10,000 calls', async () => {
  const x = onGpu(tf.randomNormal([2, 4, 4, 8]), true);
  const gamma = tf.ones([8]);
  const dy = tf.ones([2, 4, 4, 8]);
  const call = () => {
    const { value, grads } = tf.valueAndGrads((v, g) => groupNorm(v, { groups: 2, gamma: g }))([x, gamma], dy);
    tf.dispose([value, grads]);
  };
  const left = () => [tf.memory().numTensors, tf.memory().numDataBuffers, bytesOnGpu()];
  call();
  const before = left();
  for (let index = 0; index < 10_000; index++) {
    call();
    // Commands that nobody waits for would pile up.
    if (index % 500 === 0) await onceRead(tf.add(x, index));
  }
  expect(left()).toEqual(before);
});
