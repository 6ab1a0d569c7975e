import { serialization } from '@tensorflow/tfjs-core';
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
import type { LayerClass } from './layer-class.ts';

const layerClasses: readonly LayerClass[] = [
  GroupNormalization,
  InstanceNormalization,
  ContribInstanceNormalization,
  LayerNormalization,
  RMSNormalization,
  BatchNormalization,
  FrozenBatchNormalization,
  UnitNormalization,
  FilterResponseNormalization,
  WeightNormalization,
  SpectralNormalization,
  Normalization,
  LayerNormLSTMCell,
  LayerNormSimpleRNNCell,
  LayerNormGRUCell,
];

const classes = new Map(layerClasses.flatMap(namesOf));
const covered: ReadonlySet<unknown> = new Set(classes.values());

/** A layer class under its own name, and its copies under the aliases. */
function namesOf(layer: LayerClass): [string, LayerClass][] {
  return [layer, ...(layer.aliases ?? []).map((alias) => underName(layer, alias))].map((cls) => [cls.className, cls]);
}

/**
 * The same layer under another name. TensorFlow.js finds a class by its className alone, and saves a model again under
 * the name it was loaded with.
 */
function underName(layer: LayerClass, alias: string): LayerClass {
  return class extends layer {
    static override className = alias;
  };
}

for (const layer of classes.values()) serialization.registerClass(layer);

/** Whether a class is one of this package, and not one that an application registered under the same name. */
export function isCovered(cls: unknown): boolean {
  return covered.has(cls);
}

/** The class of this package by this name. Its facts hold for every class of the name. */
export function coveredClass(name: string): LayerClass | undefined {
  return classes.get(name);
}

/** The class names that `tf.loadLayersModel` reads once this package is imported. */
export const coveredNames: readonly string[] = [...classes.keys()];
