import type { ExplainOptions, NormLike } from '@normkit/core';
import type { serialization } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';

/**
 * A layer class, with the facts that `register`, `describeNormalization`, `fromTorch` and the loader read off it. A fact
 * belongs to every class of that name: TensorFlow.js's own BatchNormalization has the fields and weights of ours.
 */
export type LayerClass = serialization.SerializableConstructor<layers.Layer> & LayerFacts;

export interface LayerFacts {
  /** Other names under which the same layer was saved. */
  readonly aliases?: readonly string[];
  /** Its weights in PyTorch, by their names here; undefined where PyTorch has no such module. */
  readonly torch?: TorchWeights;
  /** What its author writes into every config. A class of the same name whose config has less is another class. */
  readonly written?: WrittenSettings;
  /** What a layer of this class does, by its fields. */
  meaning(layer: never): Meaning;
}

/** A norm of core, or a sentence where the layer computes something else. */
export type Meaning = NormMeaning | string;

export interface NormMeaning {
  readonly norm: NormLike;
  readonly options: ExplainOptions;
  /** A line more than `explain` has. */
  readonly remark?: string;
  /** What is probably not meant at an input of this shape, beyond what core warns of. */
  warnings?(shape: readonly number[], batchIsKnown: boolean): string[];
}

export type TorchWeights = Readonly<Record<string, TorchWeight>>;

export interface TorchWeight {
  /** Its name in a state dict. */
  readonly name: string;
  /** Which statistic of the data it holds, if any. */
  readonly statistic?: 'mean' | 'variance';
  /** Whether PyTorch keeps the unbiased estimate, Σ(x − mean)² / (count − 1). Keras keeps Σ(x − mean)² / count. */
  readonly isUnbiased?: boolean;
}

export interface WrittenSettings {
  readonly author: string;
  /** In snake case, as in Keras's files. */
  readonly settings: readonly string[];
}
