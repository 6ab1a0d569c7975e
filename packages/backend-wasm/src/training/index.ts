/**
 * Importing this makes TensorFlow.js's wasm backend able to train convolutional models: it registers the kernels of
 * gradients which that backend lacks, corrects that of max pooling, and lets XNNPACK do what slow loops did. What each
 * does is told in TRAINING.md.
 */
import '@tensorflow/tfjs-backend-wasm';
import { conv2dBackpropFilter } from './conv2d-backprop-filter.ts';
import { convolveBack } from './conv2d-backprop-input.ts';
import { depthwiseConv2dBackpropFilter, depthwiseConv2dBackpropInput } from './depthwise-conv2d-backprop.ts';
import { transposeFirst, transposeLeast } from './mat-mul.ts';
import { maxPoolGrad } from './max-pool-grad.ts';
import { replace, supply, wrap } from './register.ts';
import { unsortedSegmentSum } from './unsorted-segment-sum.ts';

supply('Conv2DBackpropFilter', conv2dBackpropFilter);
supply('DepthwiseConv2dNativeBackpropFilter', depthwiseConv2dBackpropFilter);
supply('DepthwiseConv2dNativeBackpropInput', depthwiseConv2dBackpropInput);
supply('UnsortedSegmentSum', unsortedSegmentSum);
replace('MaxPoolGrad', maxPoolGrad);
wrap('Conv2DBackpropInput', convolveBack);
wrap('BatchMatMul', transposeLeast);
wrap('_FusedMatMul', transposeFirst);
