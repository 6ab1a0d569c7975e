import { normkitOp, type Op, stockOp } from '@normkit/shelf/norm-ops';
import { type StockLayer, stockLayerOf } from '@normkit/shelf/stock-layers';
import * as tf from '@tensorflow/tfjs';
import { inputsOf } from './inputs.ts';
import { channelsOf, epsilonOf, type Shape, sizeOf } from './shapes.ts';

export type { Op } from '@normkit/shelf/norm-ops';

/** normkit's op on the bench's inputs. */
export function ourOp(shape: Shape): Op {
  return normkitOp(shape.norm, tensorsOf(shape), { ...shape, epsilon: epsilonOf(shape) });
}

/** Whether TensorFlow.js has a layer for it that comes to an end. */
export function hasStockLayer(shape: Shape): boolean {
  const layer = layerOf(shape);
  return layer !== undefined && !(layer.takesRows && sizeOf(shape) / channelsOf(shape) > 2 ** 16);
}

/** TensorFlow.js's layer, on the same x, gamma and beta as {@link ourOp}. */
export function stockLayerOp(shape: Shape): Op {
  const layer = layerOf(shape);
  if (!layer) throw new RangeError(`TensorFlow.js has no layer for ${shape.norm} of axis ${shape.axis}`);
  return stockOp(layer, tensorsOf(shape), { ...shape, epsilon: epsilonOf(shape) });
}

function layerOf({ norm, shape, axis }: Shape): StockLayer | undefined {
  return stockLayerOf(norm, shape.length, axis);
}

function tensorsOf(shape: Shape): [tf.Tensor, ...tf.Tensor[]] {
  const { x, gamma, beta } = inputsOf(shape);
  const parameters = beta ? [gamma, beta] : [gamma];
  return [tf.tensor(x, [...shape.shape]), ...parameters.map((values) => tf.tensor1d(values))];
}
