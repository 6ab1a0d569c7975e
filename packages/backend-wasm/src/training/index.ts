/**
 * Importing this makes TensorFlow.js's wasm backend able to train convolutional models: it registers the kernels of
 * gradients which that backend lacks, corrects that of max pooling, lets XNNPACK do what slow loops did, and shares what was copied. What each
 * does is told in TRAINING.md.
 */
import { version_wasm } from '@tensorflow/tfjs-backend-wasm';
import { conv2dBackpropFilter } from './conv2d-backprop-filter.ts';
import { convolveBack } from './conv2d-backprop-input.ts';
import { depthwiseConv2dBackpropFilter, depthwiseConv2dBackpropInput } from './depthwise-conv2d-backprop.ts';
import { share } from './identity.ts';
import { transposeFirst, transposeLeast } from './mat-mul.ts';
import { maxPoolGrad } from './max-pool-grad.ts';
import { replace, supply, wrap } from './register.ts';
import { unsortedSegmentSum } from './unsorted-segment-sum.ts';

supply('Conv2DBackpropFilter', conv2dBackpropFilter);
supply('DepthwiseConv2dNativeBackpropFilter', depthwiseConv2dBackpropFilter);
supply('DepthwiseConv2dNativeBackpropInput', depthwiseConv2dBackpropInput);
supply('UnsortedSegmentSum', unsortedSegmentSum);

/** What is wrong or slow is known to be so up to 4.22; a later version keeps its own kernels. */
const [major = 0, minor = 0] = version_wasm.split('.').map(Number);
if (major < 4 || (major === 4 && minor <= 22)) {
  replace('MaxPoolGrad', maxPoolGrad);
  wrap('Conv2DBackpropInput', convolveBack);
  wrap('BatchMatMul', transposeLeast);
  wrap('_FusedMatMul', transposeFirst);
  wrap('Identity', share);
}
