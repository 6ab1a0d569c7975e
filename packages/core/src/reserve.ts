import { engine, getKernel, type Tensor } from '@tensorflow/tfjs-core';
import { FORWARD, type NormKernelConfig } from './kernels.ts';

/** How many tensors of x's size a composed norm holds at once, as measured, and two more; and with its gradient. */
const [FORWARD_HOLDS, GRADIENT_HOLDS] = [10, 14];

/**
 * Asks the backend for room before a norm of x is composed. While a gradient is recorded, room for the gradient is asked
 * for too, because TensorFlow.js keeps what it saved for a gradient that throws.
 */
export function reserve(x: Tensor): void {
  const { backend, backendName, state } = engine();
  const kernel = getKernel(FORWARD, backendName) as NormKernelConfig | undefined;
  kernel?.reserve?.(backend, x.shape, state.gradientDepth > 0 ? GRADIENT_HOLDS : FORWARD_HOLDS);
}
