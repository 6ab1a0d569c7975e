import {
  backend_util,
  type Conv2DBackpropInputAttrs,
  type Conv2DBackpropInputInputs,
  type KernelFunc,
} from '@tensorflow/tfjs-core';
import { type Call, compose } from './compose.ts';

type Shape4D = [number, number, number, number];

/**
 * The gradient of tf.conv2d by its input is a convolution too, of dy with the filter turned round: XNNPACK does it ten
 * times as fast as TensorFlow.js's loops. With strides dy has gaps, which XNNPACK does not know: the loops stay.
 */
export function convolveBack(loops: KernelFunc): KernelFunc {
  return (call) => {
    const { inputs, attrs, backend } = call as unknown as Call<Conv2DBackpropInputInputs, Conv2DBackpropInputAttrs>;
    const { dy, filter } = inputs;
    const { strides, pad, dataFormat, dimRoundingMode, inputShape } = attrs;
    if (dataFormat === 'NCHW') return loops(call);
    const info = backend_util.computeConv2DInfo(
      inputShape,
      filter.shape as Shape4D,
      strides,
      1,
      pad,
      dimRoundingMode,
      false,
      'channelsLast',
    );
    const { filterHeight, filterWidth, padInfo } = info;
    const padding = [
      [0, 0],
      paddingOf(padInfo.top, filterHeight, info.inHeight, info.outHeight),
      paddingOf(padInfo.left, filterWidth, info.inWidth, info.outWidth),
      [0, 0],
    ];
    const isDense = info.strideHeight === 1 && info.strideWidth === 1;
    if (!isDense || padding.flat().some((pixels) => pixels < 0)) return loops(call);
    return compose(backend, (run) => {
      const turned = run('Reverse', { x: filter }, { dims: [0, 1] });
      const back = run('Transpose', { x: turned }, { perm: [0, 1, 3, 2] });
      const attributes = { strides: [1, 1], dilations: [1, 1], pad: padding, dataFormat: 'NHWC' };
      return run('Conv2D', { x: dy, filter: back }, attributes);
    });
  };
}

/** What dy needs around it, so that the convolution gives as many pixels as the input had. */
function paddingOf(forward: number, taps: number, inputs: number, outputs: number): [before: number, after: number] {
  const before = taps - 1 - forward;
  return [before, inputs + taps - 1 - outputs - before];
}
