import '@normkit/backend-wasm';
import { applyNorm, coreLayouts } from '@normkit/conformance';
import { batchNorm, batchNormWithStats, groupNorm, layerNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { WasmBackend } from '../src/heap.ts';
import { openWasm } from './open-wasm.ts';

interface Emscripten {
  asm: Record<string, unknown>;
  wasmMemory?: unknown;
  HEAPU8: Uint8Array;
  _malloc(bytes: number): number;
  _free(address: number): void;
}

const heap = () => (tf.backend() as unknown as { wasm: Emscripten }).wasm;

const factory = tf.findBackendFactory('wasm');

/** A fresh wasm backend, with a heap of its own. */
async function fresh(): Promise<void> {
  await openWasm();
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', factory, 2);
  await tf.setBackend('wasm');
}

async function kernelsOf(run: () => tf.Tensor): Promise<{ kernels: string[]; values: number[] }> {
  let y = tf.scalar(0) as tf.Tensor;
  const profile = await tf.profile(() => {
    y = run();
    return y;
  });
  return { kernels: profile.kernels.map(({ name }) => name), values: Array.from(await y.data()) };
}

const x = () =>
  tf.tensor2d([
    [1, 2, 4, 8],
    [3, 1, 2, 9],
  ]);

describe('the heap of TensorFlow.js', () => {
  beforeEach(fresh);
  afterEach(() => vi.restoreAllMocks());

  it('is read and written in place', async () => {
    const { kernels } = await kernelsOf(() => layerNorm(x()));
    expect(kernels).toContain('NormkitForward');
  });

  it('keeps the statistics that are handed out: no slice copies them to JavaScript and back', async () => {
    const { kernels, values } = await kernelsOf(() => batchNormWithStats(x()).variance);
    expect(kernels).not.toContain('Slice');
    expect(values).toEqual([1, 0.25, 1, 0.25]);
  });

  it('is shared with the threads of TensorFlow.js where the page allows that', () => {
    expect(heap().HEAPU8.buffer instanceof (globalThis.SharedArrayBuffer ?? class {})).toBe(
      globalThis.crossOriginIsolated === true,
    );
  });

  it('is a declared gap where its memory is not to be had, and the answer is the same', async () => {
    const expected = await kernelsOf(() => layerNorm(x()));
    await fresh();
    const wasm = heap();
    wasm.asm = Object.fromEntries(
      Object.entries(wasm.asm).filter(([, value]) => !(value instanceof WebAssembly.Memory)),
    );
    delete wasm.wasmMemory;
    const { kernels, values } = await kernelsOf(() => layerNorm(x()));
    expect(kernels).not.toContain('NormkitForward');
    for (const [index, value] of values.entries()) expect(value).toBeCloseTo(expected.values[index] ?? Number.NaN, 6);
    const gradient = tf.grad((v: tf.Tensor) => layerNorm(v))(x());
    expect(gradient.shape).toEqual([2, 4]);
  });

  it('is a declared gap where there is no SIMD, and the answer is the same', async () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    const { kernels, values } = await kernelsOf(() =>
      batchNorm(x(), { mean: [1, 1, 1, 1], variance: [3, 3, 3, 3], epsilon: 1 }),
    );
    expect(kernels).not.toContain('NormkitApply');
    expect(values).toEqual([0, 0.5, 1.5, 3.5, 1, 0, 0.5, 4]);
  });

  it('may grow inside a call', () => {
    const before = heap().HEAPU8.byteLength;
    // Each input takes an eighth of the heap, so that some call's outputs must make it grow.
    const given = tf.ones([8, before / 4 / 64]);
    const beta = tf.fill([before / 4 / 64], 2);
    const kept: tf.Tensor[] = [];
    while (heap().HEAPU8.byteLength === before) kept.push(layerNorm(given, { beta }));
    const grown = kept.at(-1) as tf.Tensor;
    expect(heap().HEAPU8.byteLength).toBeGreaterThan(before);
    // Constant rows give beta; fresh memory would be 0.
    expect([tf.min(grown).dataSync()[0], tf.max(grown).dataSync()[0]]).toEqual([2, 2]);
    const gradient = tf.grad((v: tf.Tensor) => groupNorm(v, { groups: 4 }))(x());
    expect(Array.from(gradient.dataSync()).every(Number.isFinite)).toBe(true);
    tf.dispose([given, beta, kept]);
  });

  it('that is full gives a clear error, and nothing is lost', () => {
    const given = x();
    const { numTensors } = tf.memory();
    const ids = tf.backend().numDataIds();
    const malloc = heap()._malloc;
    for (const failing of [1, 2, 3]) {
      let calls = 0;
      heap()._malloc = (bytes) => (++calls === failing ? 0 : malloc(bytes));
      expect(() => layerNorm(given)).toThrow('the heap of the wasm backend is full: no room for a tensor of shape');
      heap()._malloc = malloc;
      expect([tf.memory().numTensors, tf.backend().numDataIds()]).toEqual([numTensors, ids]);
    }
    expect(layerNorm(given).shape).toEqual([2, 4]);
  });

  it('that has no room for a masked norm is told so before TensorFlow.js works on it, and lives on', () => {
    const given = tf.randomNormal([64, 256]);
    const dy = tf.randomNormal([64, 256]);
    const mask = tf.ones([64, 1]);
    const run = () =>
      tf.tidy(() => {
        tf.grads((v: tf.Tensor, weights: tf.Tensor) => layerNorm(v, { mask: weights }))([given, mask], dy);
      });
    run();
    const { numTensors } = tf.memory();
    const { _malloc: malloc, _free: free } = heap();
    const sizes = new Map<number, number>();
    let [held, room, failed, refused] = [0, 0, 0, 0];
    heap()._malloc = (bytes) => {
      const address = held + bytes > room ? 0 : malloc(bytes);
      if (address === 0) failed += 1;
      else {
        sizes.set(address, bytes);
        held += bytes;
      }
      return address;
    };
    heap()._free = (address) => {
      held -= sizes.get(address) ?? 0;
      sizes.delete(address);
      free(address);
    };
    for (let times = 1; times <= 32; times += 0.5) {
      [room, failed] = [times * given.size * 4, 0];
      try {
        run();
      } catch (error) {
        refused += 1;
        expect(error).toBeInstanceOf(RangeError);
        expect((error as Error).message).toContain('the heap of the wasm backend is full');
        failed -= 1;
      }
      // No allocation has failed but the one that was answered for.
      expect([times, failed, held, tf.memory().numTensors]).toEqual([times, 0, 0, numTensors]);
    }
    expect(refused).toBeGreaterThan(5);
    expect(refused).toBeLessThan(50);
    Object.assign(heap(), { _malloc: malloc, _free: free });
  });

  it('may be a new one: the backend removed and registered again', async () => {
    const first = Array.from(layerNorm(x()).dataSync());
    for (let round = 0; round < 3; round++) {
      await fresh();
      const { kernels, values } = await kernelsOf(() => layerNorm(x()));
      expect(kernels).toContain('NormkitForward');
      expect(values).toEqual(first);
    }
  });

  it('holds nothing more after 10,000 calls', () => {
    const given = tf.randomNormal([32, 128]);
    const step = () => tf.tidy(() => void tf.grad((v: tf.Tensor) => layerNorm(v))(given));
    step();
    const [tensors, ids, bytes] = [tf.memory().numTensors, tf.backend().numDataIds(), heap().HEAPU8.byteLength];
    for (let call = 0; call < 10_000; call++) step();
    expect([tf.memory().numTensors, tf.backend().numDataIds(), heap().HEAPU8.byteLength]).toEqual([
      tensors,
      ids,
      bytes,
    ]);
  });

  it('is written nowhere but in the outputs', () => {
    for (const layout of coreLayouts()) {
      const { shape } = layout;
      const given = tf.randomNormal([...shape]);
      const dy = tf.randomNormal([...shape]);
      const { makeOutput } = tf.backend() as unknown as WasmBackend;
      const backend = tf.backend() as unknown as WasmBackend & { wasm: Emscripten };
      const guards: { start: number; end: number }[] = [];
      // Each output lies in the middle of a larger allocation, whose rest must keep its pattern.
      const guarded = vi.spyOn(backend, 'makeOutput').mockImplementation((outputShape, dtype) => {
        const size = outputShape.reduce((product, extent) => product * extent, 4);
        const start = backend.wasm._malloc(size + 512);
        backend.wasm.HEAPU8.fill(0xa5, start, start + size + 512);
        guards.push({ start, end: start + 256 }, { start: start + 256 + size, end: start + 512 + size });
        return (makeOutput as (...all: unknown[]) => tf.TensorInfo).call(backend, outputShape, dtype, start + 256);
      });
      // The memory behind a guarded output does not begin where the allocator thinks: it stays allocated.
      vi.spyOn(backend, 'disposeData').mockReturnValue(true);
      tf.grads((v: tf.Tensor) => applyNorm(layout, 1e-3, v))([given], dy);
      guarded.mockRestore();
      vi.restoreAllMocks();
      expect(guards.length).toBeGreaterThanOrEqual(14);
      for (const { start, end } of guards) {
        expect(backend.wasm.HEAPU8.subarray(start, end).every((byte) => byte === 0xa5)).toBe(true);
      }
    }
  });
});
