/** Keras's normalization layers for TensorFlow.js. Importing this registers them for loading. */
export { NormkitError } from '@normkit/core';
export type { RenormClipping } from './arithmetic/renorm.ts';
export type { AffineArgs } from './base/affine-layer.ts';
export type { StatisticsLike } from './base/given-statistics.ts';
export type { LayerArgs } from './base/keras-layer.ts';
export type { ObjectConfig } from './base/keras-objects.ts';
export type { NormalizationLayerArgs } from './base/normalization-layer.ts';
export type { ActivationLike, ConstraintLike, InitializerLike, RegularizerLike } from './base/weight-objects.ts';
export { BatchNormalization, batchNormalization } from './batch-normalization.ts';
export type { BatchNormalizationArgs, MovingAverage } from './batch-normalization-arguments.ts';
export {
  ContribInstanceNormalization,
  type ContribInstanceNormalizationArgs,
} from './contrib-instance-normalization.ts';
export {
  FilterResponseNormalization,
  type FilterResponseNormalizationArgs,
  filterResponseNormalization,
} from './filter-response-normalization.ts';
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
export { type Acceleration, accelerate } from './models/accelerate.ts';
export type { AdaptSource } from './models/adapt-batches.ts';
export {
  type DescribeOptions,
  describeNormalization,
  inspectNormalization,
  type NormalizationReport,
} from './models/describe-normalization.ts';
export { type FoldedModel, type FoldOptions, foldBatchNorm } from './models/fold-batch-norm.ts';
export type { BatchSource, ModelBatch, ModelInputs } from './models/model-batches.ts';
export type { LeftLayer } from './models/model-layers.ts';
export {
  type RecomputedStatistics,
  type RecomputeOptions,
  type RecomputeProgress,
  recomputeMovingStatistics,
} from './models/recompute-moving-statistics.ts';
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
export { coveredNames } from './register.ts';
export { RMSNormalization, type RMSNormalizationArgs, rmsNormalization } from './rms-normalization.ts';
export {
  SpectralNormalization,
  type SpectralNormalizationArgs,
  spectralNormalization,
} from './spectral-normalization.ts';
export { fromTorch, type TorchOptions, type TorchStateDict, toTorch } from './torch.ts';
export { UnitNormalization, type UnitNormalizationArgs, unitNormalization } from './unit-normalization.ts';
export { WeightNormalization, type WeightNormalizationArgs, weightNormalization } from './weight-normalization.ts';
