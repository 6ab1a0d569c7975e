import { engine, getKernel, type Tensor } from '@tensorflow/tfjs-core';
import { FORWARD, type NormKernelConfig } from './kernels.ts';

/** How many tensors of x's size a composed norm holds at most, as measured, and two more, of which one is what is laid out beside short segments; and with its gradient. */
const [FORWARD_HOLDS, GRADIENT_HOLDS] = [10, 14];

/**
 * Has the current backend make sure, if it can, that there is room to compose a norm of x; where a gradient is being
 * recorded for it too, for TensorFlow.js keeps what it has saved for a gradient that throws.
 */
export function reserve(x: Tensor): void {
  const { backend, backendName, state } = engine();
  const kernel = getKernel(FORWARD, backendName) as NormKernelConfig | undefined;
  kernel?.reserve?.(backend, x.shape, state.gradientDepth > 0 ? GRADIENT_HOLDS : FORWARD_HOLDS);
}
