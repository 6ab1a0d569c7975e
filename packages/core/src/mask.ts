import type { Tensor } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { spreadOver } from './segments.ts';
import type { View } from './view.ts';

/**
 * A mask that broadcasts to this shape, as a buffer with a weight for each element. It is spread over one run of axes
 * after the other: TensorFlow.js tiles and broadcasts no more than six axes, and differentiates a tile of no more than four.
 */
export function spreadMask(mask: Tensor, shape: readonly number[]): Tensor {
  const extentOf = (axis: number) => mask.shape[axis - shape.length + mask.rank] ?? 1;
  let weights = mask;
  // Of the buffer so far: how many elements there are before the axis, along the shared axes that end here, and behind.
  let [before, shared, behind] = [1, 1, mask.size];
  for (const [axis, size] of shape.entries()) {
    const own = extentOf(axis) === size;
    if (!own) shared *= size;
    if (own || axis === shape.length - 1) {
      weights = spread(weights, [before, shared, behind, 1]);
      before *= shared * (own ? size : 1);
      behind /= own ? size : 1;
      shared = 1;
    }
  }
  return weights;
}

function spread(values: Tensor, view: View): Tensor {
  const [before, count, behind] = view;
  return count === 1 ? values : spreadOver(view, tf.reshape(values, [before, 1, behind, 1]));
}
