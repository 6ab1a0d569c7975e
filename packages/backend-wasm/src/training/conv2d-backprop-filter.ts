import {
  backend_util,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropFilterInputs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { type Call, compose } from './compose.ts';

type Shape4D = [number, number, number, number];

/**
 * The gradient of tf.conv2d by its filter: `df[i,j,c,o] = Σ x[n, i + s·p − top, j + s·q − left, c] · dy[n,p,q,o]`.
 *
 * That is a convolution again, of x as [c,h,w,n] with dy as a filter [p,q,n,o] whose dilations are the strides: so
 * XNNPACK does it. On the shapes of a small model im2col and a matrix product are 15% faster, but need memory for
 * filterHeight · filterWidth copies of x.
 *
 * @throws Error for dataFormat NCHW, which the backend convolves in neither direction.
 */
export function conv2dBackpropFilter({
  inputs: { x, dy },
  attrs: { strides, pad, dataFormat, dimRoundingMode, filterShape },
  backend,
}: Call<Conv2DBackpropFilterInputs, Conv2DBackpropFilterAttrs>): TensorInfo {
  if (dataFormat === 'NCHW') {
    throw new Error(
      `[normkit] conv2dBackpropFilter: expected dataFormat NHWC, the only one of TensorFlow.js's wasm backend. Got NCHW, x of shape [${x.shape}]; use dataFormat 'NHWC' ('channelsLast' in a layer) and tf.transpose(x, [0, 2, 3, 1]).`,
    );
  }
  const info = backend_util.computeConv2DInfo(
    x.shape as Shape4D,
    filterShape,
    strides,
    1,
    pad,
    dimRoundingMode,
    false,
    'channelsLast',
  );
  const { filterHeight, filterWidth, inChannels, outChannels, strideHeight, strideWidth, padInfo } = info;
  const rows = paddingOf(padInfo.top, info.inHeight, filterHeight, (info.outHeight - 1) * strideHeight);
  const columns = paddingOf(padInfo.left, info.inWidth, filterWidth, (info.outWidth - 1) * strideWidth);

  return compose(backend, (run) => {
    const image = run('Transpose', { x }, { perm: [3, 1, 2, 0] });
    const filter = run('Transpose', { x: dy }, { perm: [1, 2, 0, 3] });
    const dilations = [strideHeight, strideWidth];
    const padding = [[0, 0], rows, columns, [0, 0]];
    const all = run('Conv2D', { x: image, filter }, { strides: [1, 1], dilations, pad: padding, dataFormat: 'NHWC' });
    const size = [inChannels, filterHeight, filterWidth, outChannels];
    const isExact = all.shape[1] === filterHeight && all.shape[2] === filterWidth;
    const taps = isExact ? all : run('Slice', { x: all }, { begin: [0, 0, 0, 0], size });
    return run('Transpose', { x: taps }, { perm: [1, 2, 0, 3] });
  });
}

/** What is needed behind the image for the last tap; pixels that no tap reached give taps too many instead. */
function paddingOf(before: number, extent: number, taps: number, reach: number): [before: number, after: number] {
  return [before, Math.max(0, taps + reach - extent - before)];
}
