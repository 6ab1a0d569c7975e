import {
  type TensorInfo,
  type UnsortedSegmentSumAttrs,
  type UnsortedSegmentSumInputs,
  util,
} from '@tensorflow/tfjs-core';
import { addressOf, floatsAt, withOutputs } from '../memory.ts';
import type { Call } from './compose.ts';

/** tf.unsortedSegmentSum, which is the gradient of tf.gather and so of an embedding: rows of x added up by their ids. */
export function unsortedSegmentSum({
  inputs: { x, segmentIds },
  attrs: { numSegments },
  backend,
}: Call<UnsortedSegmentSumInputs, UnsortedSegmentSumAttrs>): TensorInfo {
  if (x.dtype !== 'float32') {
    throw new Error(
      `[normkit] unsortedSegmentSum: expected x of dtype float32. Got ${x.dtype}, shape [${x.shape}]; use tf.cast(x, 'float32').`,
    );
  }
  const rowShape = x.shape.slice(segmentIds.shape.length);
  const size = util.sizeFromShape(rowShape);
  const outputShape = [numSegments, ...rowShape];
  const [xAt, idsAt] = [addressOf(backend, x), addressOf(backend, segmentIds)];
  return withOutputs(backend, [outputShape], 0, ([output = 0]) => {
    const rows = floatsAt(backend, xAt, x.shape);
    const ids = new Int32Array(backend.wasm.HEAPU8.buffer, idsAt, util.sizeFromShape(segmentIds.shape));
    const sums = floatsAt(backend, output, outputShape).fill(0);
    for (const [row, id] of ids.entries()) {
      // As in TensorFlow, an id that is no segment's drops its row.
      if (id < 0 || id >= numSegments) continue;
      for (let at = 0; at < size; at++) {
        sums[id * size + at] = (sums[id * size + at] as number) + (rows[row * size + at] as number);
      }
    }
  })[0] as TensorInfo;
}
