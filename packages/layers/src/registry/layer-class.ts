import type { ExplainOptions, NormLike } from '@normkit/core';
import type { serialization } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';

/**
 * A layer class, with the facts that `register`, `describeNormalization`, `fromTorch` and the reader of Keras's files
 * read off it. The facts hold for every class of the same name: TensorFlow.js's own BatchNormalization, say, has the
 * same fields and weights.
 */
export type LayerClass = serialization.SerializableConstructor<layers.Layer> & LayerFacts;

export interface LayerFacts {
  /** Other names under which the same layer was saved. */
  readonly aliases?: readonly string[];
  /** PyTorch's weights, by our names of them. Undefined where PyTorch has no such module. */
  readonly torch?: TorchWeights;
  /**
   * The settings that the author of the class writes into every config. A config that lacks one is of another class.
   */
  readonly written?: WrittenSettings;
  /** What a layer of this class does. `layer` has the fields of an instance. */
  meaning(layer: never): Meaning;
}

/** A norm of core, or a sentence for a layer that is none. */
export type Meaning = NormMeaning | string;

export interface NormMeaning {
  readonly norm: NormLike;
  readonly options: ExplainOptions;
  /** A remark below the lines of `explain`. */
  readonly remark?: string;
  /** What is probably not meant at an input of this shape. Core's own warnings come before these. */
  warnings?(shape: readonly number[], batchIsKnown: boolean): string[];
}

export type TorchWeights = Readonly<Record<string, TorchWeight>>;

export interface TorchWeight {
  /** The name in a state dict. */
  readonly name: string;
  /** Set for a weight that holds a statistic of the data. */
  readonly statistic?: 'mean' | 'variance';
  /** Whether PyTorch keeps the unbiased estimate, Σ(x − mean)² / (count − 1). Keras keeps Σ(x − mean)² / count. */
  readonly isUnbiased?: boolean;
}

export interface WrittenSettings {
  readonly author: string;
  /** In snake case, as in Keras's files. */
  readonly settings: readonly string[];
}
