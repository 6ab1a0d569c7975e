import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { WasmBackend } from '../src/heap.ts';
import { compose } from '../src/training/compose.ts';
import { transposeLeast } from '../src/training/mat-mul.ts';
import { supply, wrap } from '../src/training/register.ts';
import { openWasm } from './open-wasm.ts';
import { numbers } from './training-tasks.ts';

const SUPPLIED = [
  'Conv2DBackpropFilter',
  'DepthwiseConv2dNativeBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
  'UnsortedSegmentSum',
];
const WRAPPED = ['BatchMatMul', 'Conv2DBackpropInput', 'Identity', 'MaxPoolGrad', '_FusedMatMul'];

const registered = () => new Map(tf.getKernelsForBackend('wasm').map((kernel) => [kernel.kernelName, kernel]));
const held = () => [tf.memory().numTensors, tf.backend().numDataIds()];
let before = registered();
let after = registered();

beforeAll(async () => {
  await openWasm();
  before = registered();
  await import('@normkit/backend-wasm/training');
  after = registered();
  await tf.setBackend('wasm');
});

describe('importing @normkit/backend-wasm/training', () => {
  it('adds the kernels that are missing', () => {
    expect([...after.keys()].filter((name) => !before.has(name)).sort()).toEqual(SUPPLIED);
  });

  it('changes the function of those it names, not how they are set up, and no other', () => {
    const changed = [...before].filter(([name, kernel]) => after.get(name)?.kernelFunc !== kernel.kernelFunc);
    expect(changed.map(([name]) => name).sort()).toEqual(WRAPPED);
    for (const [name, kernel] of before) {
      expect(after.get(name)?.setupFunc).toBe(kernel.setupFunc);
      expect(after.get(name)?.disposeFunc).toBe(kernel.disposeFunc);
    }
  });

  it('leaves a kernel that TensorFlow.js has by then', () => {
    const own = after.get('UnsortedSegmentSum');
    supply('UnsortedSegmentSum', () => {
      throw new Error('not this one');
    });
    wrap('AKernelOfNoVersion', () => () => []);
    expect(registered().get('UnsortedSegmentSum')).toBe(own);
    expect(registered().size).toBe(after.size);
  });

  it('twice, from two copies, is harmless', () => {
    const [a, b] = [numbers([3, 5], 1), numbers([7, 5], 2)];
    const once = tf.matMul(a, b, false, true).dataSync();
    wrap('BatchMatMul', transposeLeast);
    expect(tf.matMul(a, b, false, true).dataSync()).toEqual(once);
  });

  it('outlives the backend: removed and registered again', async () => {
    const factory = tf.findBackendFactory('wasm');
    tf.removeBackend('wasm');
    tf.registerBackend('wasm', factory, 2);
    await tf.setBackend('wasm');
    const x = numbers([2, 5, 5, 3], 3) as tf.Tensor4D;
    const filter = numbers([3, 3, 3, 2], 4) as tf.Tensor4D;
    const gradient = tf.grad((f: tf.Tensor) => tf.conv2d(x, f as tf.Tensor4D, 1, 'same'))(filter);
    expect(gradient.dataSync().some((value) => value !== 0)).toBe(true);
  });
});

it('a clone shares its memory, outlives the original, and keeps what a variable was', () => {
  const buffers = () => tf.backend().numDataIds();
  const x = numbers([5, 7], 3);
  const values = x.dataSync();
  const before = buffers();
  const clone = tf.clone(x);
  expect(buffers()).toBe(before);
  x.dispose();
  expect(clone.dataSync()).toEqual(values);
  const variable = tf.variable(clone);
  const old = tf.clone(variable);
  variable.assign(tf.zerosLike(clone));
  expect(old.dataSync()).toEqual(values);
  expect(variable.dataSync().every((value) => value === 0)).toBe(true);
  expect(tf.clone(tf.tensor1d(['a', 'b'])).dataSync()).toEqual(['a', 'b']);
  tf.dispose([clone, variable, old]);
});

describe('the kernels hold nothing', () => {
  const x = () => numbers([2, 6, 5, 4], 5) as tf.Tensor4D;
  const gradientOf = (run: (x: tf.Tensor4D) => tf.Tensor) => () =>
    tf.grad((v: tf.Tensor) => run(v as tf.Tensor4D))(x());
  const product = (a: number[], b: number[], transposeA: boolean, transposeB: boolean) => () =>
    tf.matMul(numbers(a, 6), numbers(b, 7), transposeA, transposeB);

  it.each<[string, () => tf.Tensor]>([
    ['conv2d', gradientOf((v) => tf.conv2d(v, numbers([3, 3, 4, 2], 8) as tf.Tensor4D, 1, 'same'))],
    ['conv2d, strides', gradientOf((v) => tf.conv2d(v, numbers([3, 2, 4, 2], 8) as tf.Tensor4D, 2, 'valid'))],
    ['depthwiseConv2d', gradientOf((v) => tf.depthwiseConv2d(v, numbers([3, 3, 4, 2], 8) as tf.Tensor4D, 1, 'same'))],
    ['maxPool', gradientOf((v) => tf.maxPool(v, 2, 2, 'same'))],
    ['gather', gradientOf((v) => tf.gather(v, tf.tensor1d([1, 0, 1], 'int32')))],
    ['matMul aᵀb', product([5, 3], [5, 7], true, false)],
    ['matMul abᵀ', product([3, 5], [70, 5], false, true)],
    ['matMul aᵀbᵀ, repeated', product([2, 1, 5, 3], [3, 7, 5], true, true)],
    ['matMul of one row', product([1, 30], [30, 20], false, false)],
    ['matMul of vectors', product([1, 5], [1, 5], false, true)],
  ])('%s', (_, run) => {
    tf.tidy(() => void run());
    const expected = held();
    for (let time = 0; time < 3; time++) tf.tidy(() => void run());
    expect(held()).toEqual(expected);
  });

  it('after an error on the way', () => {
    const given = numbers([3, 5], 9);
    const expected = held();
    const backend = tf.backend() as unknown as WasmBackend;
    expect(() =>
      compose(backend, (run) => {
        run('Transpose', { x: given }, { perm: [1, 0] });
        return run('NoSuchKernel', { x: given }, {});
      }),
    ).toThrow('[normkit] training: expected TensorFlow.js');
    expect(held()).toEqual(expected);
  });
});

describe('what cannot be done is said', () => {
  it('dataFormat NCHW', () => {
    const inputs = { x: numbers([2, 3, 5, 5], 1), dy: numbers([2, 4, 3, 3], 2) };
    const attributes = { strides: 1, pad: 'valid', dataFormat: 'NCHW', filterShape: [3, 3, 3, 4] };
    expect(() => tf.engine().runKernel('Conv2DBackpropFilter', inputs, attributes)).toThrow(
      "[normkit] conv2dBackpropFilter: expected dataFormat NHWC, the only one of TensorFlow.js's wasm backend. Got NCHW, x of shape [2,3,5,5]; use dataFormat 'NHWC'",
    );
  });

  it('segments of int32', () => {
    const ids = tf.tensor1d([0, 1], 'int32');
    expect(() => tf.unsortedSegmentSum(ids, ids, 2)).toThrow(
      '[normkit] unsortedSegmentSum: expected x of dtype float32. Got int32, shape [2]; use',
    );
  });
});
