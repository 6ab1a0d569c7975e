/** Normalization for TensorFlow.js: differentiable ops, fused where a backend package has registered its kernels. */
export { CapabilityGap, NormkitError } from './errors.ts';
export { type ExplainOptions, explain, type NormKind } from './explain.ts';
export {
  type ApplyCall,
  type BackwardCall,
  type ForwardCall,
  type Gap,
  kernelNames,
  type NormKernels,
} from './kernels.ts';
export {
  type AffineOptions,
  type BatchNormOptions,
  type BatchNormWithStatsOptions,
  batchNorm,
  batchNormWithStats,
  type GroupNormOptions,
  groupNorm,
  type InstanceNormOptions,
  instanceNorm,
  type LayerNormOptions,
  layerNorm,
  type RmsNormOptions,
  rmsNorm,
} from './ops.ts';
export type { Plan } from './plan.ts';
export { registerNormKernels } from './register.ts';
export { segmentCount, segmentOf, segmentSize, type View } from './view.ts';
export { type Walk, walkOf } from './walk.ts';
