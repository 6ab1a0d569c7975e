/** Keras's normalization layers for TensorFlow.js. Importing this registers them for loading. */
export { NormkitError } from '@normkit/core';
export type { AffineArgs } from './abstract-layers/affine-layer.ts';
export type { LayerArgs } from './abstract-layers/keras-layer.ts';
export type { NormalizationLayerArgs } from './abstract-layers/normalization-layer.ts';
export type { BatchNormalizationArgs, MovingAverage } from './arguments/batch-normalization-arguments.ts';
export { BatchNormalization, batchNormalization } from './batch-normalization.ts';
export {
  ContribInstanceNormalization,
  type ContribInstanceNormalizationArgs,
} from './contrib-instance-normalization.ts';
export {
  FilterResponseNormalization,
  type FilterResponseNormalizationArgs,
  filterResponseNormalization,
} from './filter-response-normalization.ts';
export { type FoldedModel, type FoldOptions, foldBatchNorm } from './fold/fold-batch-norm.ts';
export { FrozenBatchNormalization, type FrozenBatchNormalizationArgs } from './frozen-batch-normalization.ts';
export { GroupNormalization, type GroupNormalizationArgs, groupNormalization } from './group-normalization.ts';
export {
  InstanceNormalization,
  type InstanceNormalizationArgs,
  instanceNormalization,
} from './instance-normalization.ts';
export { type ConvertOptions, convertKerasConfig, type KerasTopology } from './keras/convert.ts';
export { type LoadKerasModelOptions, loadKerasModel } from './keras/load.ts';
export type { LoadReport } from './keras/report.ts';
export { LayerNormalization, type LayerNormalizationArgs, layerNormalization } from './layer-normalization.ts';
export { Normalization, type NormalizationArgs, normalization } from './normalization.ts';
export type { GatedCellArgs } from './recurrent/gated-cell.ts';
export { LayerNormGRUCell, type LayerNormGRUCellArgs, layerNormGRUCell } from './recurrent/layer-norm-gru-cell.ts';
export { LayerNormLSTMCell, type LayerNormLSTMCellArgs, layerNormLSTMCell } from './recurrent/layer-norm-lstm-cell.ts';
export {
  LayerNormSimpleRNNCell,
  type LayerNormSimpleRNNCellArgs,
  layerNormSimpleRNNCell,
} from './recurrent/layer-norm-simple-rnn-cell.ts';
export type { RecurrentCellArgs } from './recurrent/recurrent-cell-arguments.ts';
export { coveredNames } from './registry/register.ts';
export { RMSNormalization, type RMSNormalizationArgs, rmsNormalization } from './rms-normalization.ts';
export type { AdaptSource } from './statistics/adapt-batches.ts';
export type { StatisticsLike } from './statistics/given-statistics.ts';
export type { RenormClipping } from './statistics/renorm.ts';
export { type Acceleration, accelerate } from './tools/accelerate.ts';
export {
  type DescribeOptions,
  describeNormalization,
  inspectNormalization,
  type NormalizationReport,
} from './tools/describe-normalization.ts';
export type { BatchSource, ModelBatch, ModelInputs } from './tools/model-batches.ts';
export type { LeftLayer } from './tools/model-layers.ts';
export {
  type RecomputedStatistics,
  type RecomputeOptions,
  type RecomputeProgress,
  recomputeMovingStatistics,
} from './tools/recompute-moving-statistics.ts';
export { fromTorch, type TorchOptions, type TorchStateDict, toTorch } from './tools/torch.ts';
export { UnitNormalization, type UnitNormalizationArgs, unitNormalization } from './unit-normalization.ts';
export type { ObjectConfig } from './weights/keras-objects.ts';
export type { ActivationLike, ConstraintLike, InitializerLike, RegularizerLike } from './weights/weight-objects.ts';
export {
  SpectralNormalization,
  type SpectralNormalizationArgs,
  spectralNormalization,
} from './wrappers/spectral-normalization.ts';
export {
  WeightNormalization,
  type WeightNormalizationArgs,
  weightNormalization,
} from './wrappers/weight-normalization.ts';
