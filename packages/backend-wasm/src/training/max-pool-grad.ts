import { backend_util, type MaxPoolGradAttrs, type MaxPoolGradInputs, type TensorInfo } from '@tensorflow/tfjs-core';
import { addressOf, floatsAt, withOutputs } from '../memory.ts';
import type { Call } from './compose.ts';
import { forEachTap } from './taps.ts';

type Shape4D = [number, number, number, number];

/**
 * The gradient of tf.maxPool: each goes to the first of its window that is the maximum.
 *
 * TensorFlow.js 4.22 has its own, but starts the search for the maximum at the least positive float32: the gradient of
 * a window without positive numbers is lost, or goes to the first pixel of the batch.
 */
export function maxPoolGrad({
  inputs: { dy, input, output },
  attrs: { filterSize, strides, pad, dimRoundingMode },
  backend,
}: Call<MaxPoolGradInputs, MaxPoolGradAttrs>): TensorInfo {
  const info = backend_util.computePool2DInfo(input.shape as Shape4D, filterSize, strides, 1, pad, dimRoundingMode);
  const [dyAt, inputAt, outputAt] = [addressOf(backend, dy), addressOf(backend, input), addressOf(backend, output)];
  return withOutputs(backend, [input.shape], 0, ([dxAt = 0]) => {
    const gradients = floatsAt(backend, dyAt, dy.shape);
    const pixels = floatsAt(backend, inputAt, input.shape);
    const maxima = floatsAt(backend, outputAt, output.shape);
    const dx = floatsAt(backend, dxAt, input.shape).fill(0);
    const isGiven = new Uint8Array(maxima.length);
    forEachTap(info, (pixel, maximum) => {
      for (let channel = 0; channel < info.inChannels; channel++) {
        const [from, to] = [maximum + channel, pixel + channel];
        if (pixels[to] !== maxima[from] || isGiven[from]) continue;
        isGiven[from] = 1;
        dx[to] = (dx[to] as number) + (gradients[from] as number);
      }
    });
  })[0] as TensorInfo;
}
