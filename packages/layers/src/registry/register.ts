import { serialization } from '@tensorflow/tfjs-core';
import {
  AddonsGroupNormalization,
  AddonsSpectralNormalization,
  BatchNormalizationV1,
  SyncBatchNormalization,
} from '../aliases.ts';
import { BatchNormalization } from '../batch-normalization.ts';
import { ContribInstanceNormalization } from '../contrib-instance-normalization.ts';
import { FilterResponseNormalization } from '../filter-response-normalization.ts';
import { FrozenBatchNormalization } from '../frozen-batch-normalization.ts';
import { GroupNormalization } from '../group-normalization.ts';
import { InstanceNormalization } from '../instance-normalization.ts';
import { LayerNormalization } from '../layer-normalization.ts';
import { Normalization } from '../normalization.ts';
import { LayerNormGRUCell } from '../recurrent/layer-norm-gru-cell.ts';
import { LayerNormLSTMCell } from '../recurrent/layer-norm-lstm-cell.ts';
import { LayerNormSimpleRNNCell } from '../recurrent/layer-norm-simple-rnn-cell.ts';
import { RMSNormalization } from '../rms-normalization.ts';
import { UnitNormalization } from '../unit-normalization.ts';
import { SpectralNormalization } from '../wrappers/spectral-normalization.ts';
import { WeightNormalization } from '../wrappers/weight-normalization.ts';

const classes = [
  GroupNormalization,
  AddonsGroupNormalization,
  InstanceNormalization,
  ContribInstanceNormalization,
  LayerNormalization,
  RMSNormalization,
  BatchNormalization,
  BatchNormalizationV1,
  SyncBatchNormalization,
  FrozenBatchNormalization,
  UnitNormalization,
  FilterResponseNormalization,
  WeightNormalization,
  SpectralNormalization,
  AddonsSpectralNormalization,
  Normalization,
  LayerNormLSTMCell,
  LayerNormSimpleRNNCell,
  LayerNormGRUCell,
];

for (const layer of classes) serialization.registerClass(layer);

/** Whether a class is one of this package, and not one that an application registered under the same name. */
export function isCovered(cls: unknown): boolean {
  return (classes as readonly unknown[]).includes(cls);
}

/** The class names that `tf.loadLayersModel` reads once this package is imported. */
export const coveredNames: readonly string[] = classes.map(({ className }) => className);
