import { layerNorm } from '@normkit/core';
import { checkEpsilon } from '@normkit/core/checks';
import * as tf from '@tensorflow/tfjs-core';
import type { LayerVariable, Shape } from '@tensorflow/tfjs-layers';
import type { CallArguments } from '../abstract-layers/keras-layer.ts';
import type { Meaning } from '../registry/layer-class.ts';
import {
  type WeightObjects,
  weightArguments,
  weightObjectsConfig,
  weightObjectsOf,
} from '../weights/weight-arguments.ts';
import type { ConstraintLike, InitializerLike, RegularizerLike } from '../weights/weight-objects.ts';
import { RecurrentCell } from './recurrent-cell.ts';
import type { RecurrentCellArgs } from './recurrent-cell-arguments.ts';

export interface LayerNormSimpleRNNCellArgs extends RecurrentCellArgs {
  /** Is added to the variance under the root. Default: 1e-5. */
  readonly layernormEpsilon?: number | undefined;
  /** Default: 'ones'. */
  readonly gammaInitializer?: InitializerLike | undefined;
  readonly gammaRegularizer?: RegularizerLike | null | undefined;
  readonly gammaConstraint?: ConstraintLike | null | undefined;
}

/**
 * A step of a simple recurrent network with layer normalization, for `tf.layers.rnn({ cell })`:
 *
 * h′ = tanh(LN(x · W + h · U) + b)
 *
 * with W the kernel, U the recurrent kernel, b the bias, and LN a layer norm over the units of a sample, with a gamma
 * and without a beta: the bias is what beta would be. Weights: kernel, recurrent_kernel, bias, gamma.
 *
 * @see TensorFlow Addons `LayerNormSimpleRNNCell`; Ba et al. 2016, arXiv:1607.06450.
 */
export class LayerNormSimpleRNNCell extends RecurrentCell {
  static override className = 'Addons>LayerNormSimpleRNNCell';

  readonly stateSize: number;
  readonly layernormEpsilon: number;
  /** There once the cell is built. */
  gamma: LayerVariable | undefined;
  private readonly gammaObjects: WeightObjects;

  constructor(args: LayerNormSimpleRNNCellArgs) {
    super(args, ['layernormEpsilon', ...weightArguments('gamma')]);
    this.stateSize = this.units;
    this.layernormEpsilon = checkEpsilon(this.label, args.layernormEpsilon ?? 1e-5);
    this.gammaObjects = weightObjectsOf(this.label, 'gamma', args, 'ones');
  }

  static meaning({ units }: LayerNormSimpleRNNCell): Meaning {
    return `statistics of each sample at each step, over its ${units} units`;
  }

  protected override createWeights(shape: Shape): void {
    this.createKernels(shape, { gates: 1, bias: [this.units] });
    this.gamma = this.createWeight('gamma', [this.units], this.gammaObjects);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: CallArguments): tf.Tensor[] {
    return tf.tidy(() => {
      const [x, h] = this.stepTensors(inputs) as [tf.Tensor, tf.Tensor];
      const sum = tf.add(this.fromInput(x, kwargs), this.fromState(h, kwargs));
      const normalized = layerNorm(sum, { epsilon: this.layernormEpsilon, gamma: this.gamma?.read() });
      const output = this.activation.apply(this.bias ? tf.add(normalized, this.bias.read()) : normalized);
      return [output, output];
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return {
      ...super.getConfig(),
      layernormEpsilon: this.layernormEpsilon,
      ...weightObjectsConfig('gamma', this.gammaObjects),
    };
  }
}

/** {@link LayerNormSimpleRNNCell}, as TensorFlow.js's own cells are made. */
export function layerNormSimpleRNNCell(args: LayerNormSimpleRNNCellArgs): LayerNormSimpleRNNCell {
  return new LayerNormSimpleRNNCell(args);
}
