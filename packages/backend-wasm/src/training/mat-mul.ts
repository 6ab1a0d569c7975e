import {
  type _FusedMatMulAttrs,
  type BatchMatMulAttrs,
  type BatchMatMulInputs,
  broadcast_util,
  type DataId,
  type KernelFunc,
  type TensorInfo,
  util,
} from '@tensorflow/tfjs-core';
import { type Call, compose, type Run } from './compose.ts';

/** XNNPACK packs the right-hand matrix of a product. That takes 3.6 ns for each number; a transposition, 0.5 ns. */
const PACKING = 7;

/**
 * TensorFlow.js multiplies plain matrices with XNNPACK, and transposed ones with loops that are ten times as slow. So
 * this transposes first, or, as `ab = (bᵀaᵀ)ᵀ`, last: whichever is cheaper. XNNPACK adds up in the same order in both.
 *
 * A plain product whose right-hand matrix is large is dear when it is new, as weights are in each step of training; it
 * is transposed last then. From its second product on (inference) XNNPACK keeps it packed, and nothing is transposed.
 */
export function transposeLeast(plain: KernelFunc): KernelFunc {
  const met = new WeakSet<DataId>();
  return (call) => {
    const { inputs, attrs, backend } = call as unknown as Call<BatchMatMulInputs, BatchMatMulAttrs>;
    const { transposeA, transposeB } = attrs;
    const { dataId } = inputs.b;
    const isPacked = met.has(dataId) && !transposeB;
    met.add(dataId);
    const [sizeA, sizeB] = [util.sizeFromShape(inputs.a.shape), util.sizeFromShape(inputs.b.shape)];
    const batch = broadcast_util.assertAndGetBroadcastShape(batchOf(inputs.a), batchOf(inputs.b));
    const [rows, columns] = [extent(inputs.a, transposeA ? -1 : -2), extent(inputs.b, transposeB ? -2 : -1)];
    const shape = [...batch, rows, columns];
    const first = (transposeA ? sizeA : 0) + (transposeB ? sizeB : 0) + (isPacked ? 0 : PACKING * sizeB);
    const last = (transposeA ? 0 : sizeA) + (transposeB ? 0 : sizeB) + util.sizeFromShape(shape) + PACKING * sizeA;

    return compose(backend, (run) => {
      const a = spread(run, inputs.a, batch);
      const b = spread(run, inputs.b, batch);
      const multiply = (left: TensorInfo, right: TensorInfo) =>
        run(plain, { a: left, b: right }, { transposeA: false, transposeB: false });
      const product =
        first <= last
          ? multiply(transposeA ? transpose(run, a) : a, transposeB ? transpose(run, b) : b)
          : transpose(run, multiply(transposeB ? b : transpose(run, b), transposeA ? a : transpose(run, a)));
      return { ...product, shape };
    });
  };
}

/** Transposes first for the product fused with bias and activation, which cannot be transposed last. */
export function transposeFirst(plain: KernelFunc): KernelFunc {
  return (call) => {
    const { inputs, attrs, backend } = call as unknown as Call<BatchMatMulInputs, _FusedMatMulAttrs>;
    const { transposeA, transposeB } = attrs;
    if (!transposeA && !transposeB) return plain(call);
    return compose(backend, (run) => {
      const a = transposeA ? transpose(run, inputs.a) : inputs.a;
      const b = transposeB ? transpose(run, inputs.b) : inputs.b;
      return run(plain, { ...inputs, a, b }, { ...attrs, transposeA: false, transposeB: false });
    });
  };
}

function transpose(run: Run, x: TensorInfo): TensorInfo {
  return run('Transpose', { x }, { perm: [0, 2, 1] });
}

/** As [matrices, rows, columns]: one, or as many as the result has, since TensorFlow.js repeats nothing else rightly. */
function spread(run: Run, x: TensorInfo, batch: number[]): TensorInfo {
  const own = batchOf(x);
  const matrix = x.shape.slice(-2);
  const matrices = util.sizeFromShape(own);
  const all = util.sizeFromShape(batch);
  if (matrices === 1 || matrices === all) return { ...x, shape: [matrices, ...matrix] };
  const padded = [...batch.slice(own.length).fill(1), ...own];
  const reps = [...batch.map((count, axis) => count / (padded[axis] ?? 1)), 1, 1];
  const tiled = run('Tile', { x: { ...x, shape: [...padded, ...matrix] } }, { reps });
  return { ...tiled, shape: [all, ...matrix] };
}

function batchOf(x: TensorInfo): number[] {
  return x.shape.slice(0, -2);
}

function extent(x: TensorInfo, axis: -1 | -2): number {
  return x.shape.at(axis) ?? 1;
}
