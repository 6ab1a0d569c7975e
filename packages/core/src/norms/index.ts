/** The norms of this package. */
export { type BatchNormOptions, type BatchNormWithStatsOptions, batchNorm, batchNormWithStats } from './batch-norm.ts';
export { type GroupNormOptions, groupNorm } from './group-norm.ts';
export { type InstanceNormOptions, instanceNorm } from './instance-norm.ts';
export { type LayerNormOptions, layerNorm } from './layer-norm.ts';
export { type RmsNormOptions, rmsNorm } from './rms-norm.ts';
