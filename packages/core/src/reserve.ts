import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { normTraits } from './traits.ts';

/** How many tensors of x's size a composed norm holds at once, as measured, and two more; and with its gradient. */
const [FORWARD_HOLDS, GRADIENT_HOLDS] = [10, 14];

/**
 * Asks the backend for room before a masked norm of x is composed. While a gradient is recorded, room for the gradient is asked
 * for too, because TensorFlow.js keeps what it saved for a gradient that throws.
 */
export function reserveForMask(x: Tensor): void {
  const { backend, backendName, state } = engine();
  normTraits(backendName)?.reserve?.(backend, x.shape, state.gradientDepth > 0 ? GRADIENT_HOLDS : FORWARD_HOLDS);
}
