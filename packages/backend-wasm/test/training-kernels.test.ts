import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openWasm } from './open-wasm.ts';
import { numbers } from './training-tasks.ts';

type Tensors = Record<string, tf.Tensor>;
type Shape4D = [number, number, number, number];
type Padding = 'same' | 'valid' | number | [[number, number], [number, number], [number, number], [number, number]];

beforeAll(async () => {
  await openWasm();
  await import('@normkit/backend-wasm/training');
});

function kernel(name: string, inputs: Tensors, attributes: object): tf.Tensor {
  return tf.engine().runKernel(name, inputs, attributes as tf.NamedAttrMap);
}

async function on(backend: 'cpu' | 'wasm', run: () => tf.Tensor): Promise<{ shape: number[]; values: Float32Array }> {
  await tf.setBackend(backend);
  const y = tf.tidy(run);
  const values = (await y.data()) as Float32Array;
  y.dispose();
  return { shape: y.shape, values };
}

/** Numbers agree to 1e-5 of the largest, or of a tenth where terms of about 1 cancel each other. */
async function expectSame(run: () => tf.Tensor, reference = run): Promise<void> {
  const expected = await on('cpu', reference);
  const { shape, values } = await on('wasm', run);
  expect(shape).toEqual(expected.shape);
  const scale = expected.values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0.1);
  const error = values.reduce((most, value, at) => Math.max(most, Math.abs(value - (expected.values[at] ?? 0))), 0);
  expect(error).toBeLessThanOrEqual(1e-5 * scale);
}

const extent = (max: number) => fc.integer({ min: 1, max });
const edge = fc.tuple(fc.nat(2), fc.nat(2));
const padding: fc.Arbitrary<Padding> = fc.oneof(
  fc.constantFrom('same' as const, 'valid' as const),
  fc.nat(2),
  fc.tuple(fc.constant<[number, number]>([0, 0]), edge, edge, fc.constant<[number, number]>([0, 0])),
);

const convolutions = fc
  .record({
    x: fc.tuple(extent(3), extent(9), extent(8), extent(3)),
    window: fc.tuple(extent(4), extent(3)),
    outputs: extent(3),
    strides: fc.tuple(extent(3), extent(3)),
    pad: padding,
    dimRoundingMode: fc.constantFrom('floor' as const, 'round' as const, 'ceil' as const, undefined),
  })
  .map(({ x, window, outputs, strides, pad, dimRoundingMode }) => {
    const filterShape: Shape4D = [...window, x[3], outputs];
    const attributes = { strides, pad, dimRoundingMode, dataFormat: 'NHWC' };
    const info = (isDepthwise: boolean) =>
      tf.backend_util.computeConv2DInfo(x, filterShape, strides, 1, pad, dimRoundingMode, isDepthwise);
    return { x, filterShape, attributes, outShape: info(false).outShape, depthwiseShape: info(true).outShape };
  })
  .filter(({ outShape }) => outShape.every((count) => count > 0));

describe('the gradients of convolutions on wasm are those on cpu', () => {
  it('Conv2DBackpropFilter', () =>
    fc.assert(
      fc.asyncProperty(convolutions, ({ x, filterShape, attributes, outShape }) =>
        expectSame(() =>
          kernel(
            'Conv2DBackpropFilter',
            { x: numbers(x, 1), dy: numbers(outShape, 2) },
            { ...attributes, filterShape },
          ),
        ),
      ),
      { numRuns: 300 },
    ));

  it('Conv2DBackpropInput', () =>
    fc.assert(
      fc.asyncProperty(convolutions, ({ x, filterShape, attributes, outShape }) =>
        expectSame(() =>
          kernel(
            'Conv2DBackpropInput',
            { dy: numbers(outShape, 2), filter: numbers(filterShape, 3) },
            { ...attributes, inputShape: x },
          ),
        ),
      ),
      { numRuns: 200 },
    ));

  it('DepthwiseConv2dNativeBackpropFilter', () =>
    fc.assert(
      fc.asyncProperty(convolutions, ({ x, filterShape, attributes, depthwiseShape }) =>
        expectSame(() =>
          kernel(
            'DepthwiseConv2dNativeBackpropFilter',
            { x: numbers(x, 1), dy: numbers(depthwiseShape, 2) },
            { ...attributes, dilations: 1, filterShape },
          ),
        ),
      ),
      { numRuns: 100 },
    ));

  it('DepthwiseConv2dNativeBackpropInput', () =>
    fc.assert(
      fc.asyncProperty(convolutions, ({ x, filterShape, attributes, depthwiseShape }) =>
        expectSame(() =>
          kernel(
            'DepthwiseConv2dNativeBackpropInput',
            { dy: numbers(depthwiseShape, 2), filter: numbers(filterShape, 3) },
            { ...attributes, dilations: 1, inputShape: x },
          ),
        ),
      ),
      { numRuns: 100 },
    ));

  it('DepthwiseConv2dNativeBackpropFilter, dilated: every other tap of a larger window', () => {
    const inputs = () => ({ x: numbers([2, 9, 8, 3], 1), dy: numbers([2, 5, 4, 6], 2) });
    const run = (filterShape: number[], dilations: number) =>
      kernel('DepthwiseConv2dNativeBackpropFilter', inputs(), { strides: 1, pad: 'valid', dilations, filterShape });
    return expectSame(
      () => run([3, 3, 3, 2], 2),
      () => tf.stridedSlice(run([5, 5, 3, 2], 1), [0, 0, 0, 0], [5, 5, 3, 2], [2, 2, 1, 1]),
    );
  });

  it('of the size that a network has', () =>
    expectSame(() =>
      kernel(
        'Conv2DBackpropFilter',
        { x: numbers([16, 28, 28, 3], 1), dy: numbers([16, 14, 14, 11], 2) },
        { strides: 2, pad: 'same', dataFormat: 'NHWC', filterShape: [3, 3, 3, 11] },
      ),
    ));
});

describe('the gradient of max pooling', () => {
  it.each([
    ['of numbers of both signs', -1, 1],
    ['of negative numbers, which TensorFlow.js itself loses', -2, -1],
  ])('%s is that on cpu', (_, low, high) =>
    fc.assert(
      fc.asyncProperty(convolutions, ({ x, filterShape: [height, width], attributes: { strides, pad } }) => {
        const usual = Array.isArray(pad) || typeof pad === 'number' ? 'same' : pad;
        fc.pre(usual === 'same' || (height <= x[1] && width <= x[2]));
        return expectSame(() => {
          const pool = (input: tf.Tensor) => tf.maxPool(input as tf.Tensor4D, [height, width], strides, usual);
          return tf.grad((input: tf.Tensor) => tf.sum(tf.square(pool(input))))(numbers(x, 4, low, high));
        });
      }),
      { numRuns: 60 },
    ),
  );

  it('goes to the first of equal numbers, as on cpu', () =>
    expectSame(() => tf.grad((x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 2, 1, 'valid'))(tf.zeros([2, 4, 3, 2]))));
});

describe('a product of transposed matrices', () => {
  const batches = fc
    .tuple(fc.array(extent(3), { maxLength: 2 }), fc.infiniteStream(fc.boolean()), fc.nat(2), fc.nat(2))
    .map(([batch, flips, dropA, dropB]) => {
      const some = (drop: number) => batch.map((count) => (flips.next().value ? count : 1)).slice(drop);
      return { a: some(dropA), b: some(dropB) };
    });
  const products = fc.record({
    batches,
    sizes: fc.tuple(extent(9), extent(7), extent(9)),
    transposeA: fc.boolean(),
    transposeB: fc.boolean(),
  });

  it('is right whatever is transposed and however the batches are repeated', () =>
    fc.assert(
      fc.asyncProperty(products, ({ batches, sizes: [rows, inner, columns], transposeA, transposeB }) => {
        const a = numbers([...batches.a, ...(transposeA ? [inner, rows] : [rows, inner])], 5);
        const b = numbers([...batches.b, ...(transposeB ? [columns, inner] : [inner, columns])], 6);
        const whole = tf.backend_util.assertAndGetBroadcastShape(batches.a, batches.b);
        const repeat = (x: tf.Tensor) => tf.broadcastTo(x, [...whole, ...x.shape.slice(-2)]);
        return expectSame(
          () => tf.matMul(a, b, transposeA, transposeB),
          () => tf.matMul(repeat(a), repeat(b), transposeA, transposeB),
        );
      }),
      { numRuns: 200 },
    ));

  it.each([
    [
      [3, 200],
      [200, 40],
    ],
    [
      [200, 3],
      [3, 40],
    ],
    [
      [3, 40],
      [40, 200],
    ],
  ])('is the same each time for %j and %j, once XNNPACK has packed the second too', async (aShape, bShape) => {
    const [a, b] = [numbers(aShape, 7), numbers(bShape, 8)];
    const first = await on('wasm', () => tf.matMul(a, b));
    for (let time = 0; time < 3; time++) expect((await on('wasm', () => tf.matMul(a, b))).values).toEqual(first.values);
    await expectSame(() => tf.matMul(a, b));
  });

  it.each([
    [true, false],
    [false, true],
    [true, true],
  ])('may be fused with bias and activation (%s, %s)', (transposeA, transposeB) =>
    expectSame(() =>
      tf.fused.matMul({
        a: numbers(transposeA ? [5, 3] : [3, 5], 9) as tf.Tensor2D,
        b: numbers(transposeB ? [7, 5] : [5, 7], 10) as tf.Tensor2D,
        transposeA,
        transposeB,
        bias: numbers([7], 11),
        activation: 'relu',
      }),
    ),
  );
});

describe('unsortedSegmentSum', () => {
  it('adds up the rows of each segment, and drops those of none', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: -1, max: 5 }), { minLength: 1, maxLength: 9 }),
        fc.array(extent(3), { maxLength: 2 }),
        (ids, row) =>
          expectSame(() => tf.unsortedSegmentSum(numbers([ids.length, ...row], 12), tf.tensor1d(ids, 'int32'), 5)),
      ),
      { numRuns: 50 },
    ));
});
