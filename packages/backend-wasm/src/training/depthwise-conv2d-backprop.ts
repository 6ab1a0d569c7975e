import {
  backend_util,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type DepthwiseConv2dNativeBackpropFilterInputs,
  type DepthwiseConv2dNativeBackpropInputAttrs,
  type DepthwiseConv2dNativeBackpropInputInputs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { addressOf, floatsAt, withOutputs } from '../memory.ts';
import type { Call } from './compose.ts';
import { forEachTap } from './taps.ts';

type Shape4D = [number, number, number, number];
type Depthwise = DepthwiseConv2dNativeBackpropFilterAttrs | DepthwiseConv2dNativeBackpropInputAttrs;

/** The gradient of tf.depthwiseConv2d by its filter, [height, width, channels, multiplier]; summed in float64. */
export function depthwiseConv2dBackpropFilter({
  inputs: { x, dy },
  attrs,
  backend,
}: Call<DepthwiseConv2dNativeBackpropFilterInputs, DepthwiseConv2dNativeBackpropFilterAttrs>): TensorInfo {
  const info = infoOf(x.shape, attrs.filterShape, attrs);
  const { inChannels, outChannels } = info;
  const multiplier = outChannels / inChannels;
  const [xAt, dyAt] = [addressOf(backend, x), addressOf(backend, dy)];
  return withOutputs(backend, [info.filterShape], 0, ([output = 0]) => {
    const pixels = floatsAt(backend, xAt, x.shape);
    const gradients = floatsAt(backend, dyAt, dy.shape);
    const df = floatsAt(backend, output, info.filterShape);
    const sums = new Float64Array(df.length);
    forEachTap(info, (pixel, gradient, tap) => {
      for (let channel = 0, at = 0; channel < inChannels; channel++) {
        const value = pixels[pixel + channel] as number;
        for (let m = 0; m < multiplier; m++, at++) {
          sums[tap + at] = (sums[tap + at] as number) + value * (gradients[gradient + at] as number);
        }
      }
    });
    df.set(sums);
  })[0] as TensorInfo;
}

/** The gradient of tf.depthwiseConv2d by its input. */
export function depthwiseConv2dBackpropInput({
  inputs: { dy, filter },
  attrs,
  backend,
}: Call<DepthwiseConv2dNativeBackpropInputInputs, DepthwiseConv2dNativeBackpropInputAttrs>): TensorInfo {
  const info = infoOf(attrs.inputShape, filter.shape, attrs);
  const { inChannels, outChannels } = info;
  const multiplier = outChannels / inChannels;
  const [dyAt, filterAt] = [addressOf(backend, dy), addressOf(backend, filter)];
  return withOutputs(backend, [info.inShape], 0, ([output = 0]) => {
    const gradients = floatsAt(backend, dyAt, dy.shape);
    const weights = floatsAt(backend, filterAt, filter.shape);
    const dx = floatsAt(backend, output, info.inShape).fill(0);
    forEachTap(info, (pixel, gradient, tap) => {
      for (let channel = 0, at = 0; channel < inChannels; channel++) {
        let sum = dx[pixel + channel] as number;
        for (let m = 0; m < multiplier; m++, at++) {
          sum += (gradients[gradient + at] as number) * (weights[tap + at] as number);
        }
        dx[pixel + channel] = sum;
      }
    });
  })[0] as TensorInfo;
}

function infoOf(
  xShape: readonly number[],
  filterShape: readonly number[],
  { strides, dilations, pad, dimRoundingMode }: Depthwise,
): backend_util.Conv2DInfo {
  return backend_util.computeConv2DInfo(
    xShape as Shape4D,
    filterShape as Shape4D,
    strides,
    dilations ?? 1,
    pad,
    dimRoundingMode,
    true,
  );
}
