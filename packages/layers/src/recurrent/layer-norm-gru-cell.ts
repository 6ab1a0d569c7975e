import { groupNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { CallArguments } from '../abstract-layers/keras-layer.ts';
import type { Meaning, WrittenSettings } from '../registry/layer-class.ts';
import { type CellNorm, GatedCell, type GatedCellArgs } from './gated-cell.ts';

export interface LayerNormGRUCellArgs extends GatedCellArgs {}

const gates = 3;

/**
 * A step of a GRU with layer normalization, for `tf.layers.rnn({ cell })`. With W the kernel, U the recurrent kernel,
 * b and d the two rows of the bias, and LN a layer norm of each gate's units by itself:
 *
 * a = LN(x · W) + b, s = LN(h · U) + d, z = σ(a_z + s_z), r = σ(a_r + s_r), g = tanh(a_g + r · s_g),
 * h′ = z · h + (1 − z) · g
 *
 * It is Keras's GRU with `reset_after=True` and the order z, r, g of the gates, with both products normalized. Neither
 * Keras nor TensorFlow Addons has it. In Ba et al. z and r share one norm. Weights: kernel,
 * recurrent_kernel, bias [2, 3 · units], then gamma and beta, [3 · units], of kernel_norm and recurrent_norm.
 *
 * @see Ba et al. 2016, arXiv:1607.06450, supplementary material, "GRU"; Keras `GRUCell`.
 */
export class LayerNormGRUCell extends GatedCell {
  static override className = 'LayerNormGRUCell';
  static readonly written: WrittenSettings = {
    author: '@normkit/layers',
    settings: ['units', 'recurrent_activation', 'norm_epsilon'],
  };

  readonly stateSize: number;

  constructor(args: LayerNormGRUCellArgs) {
    super(args);
    this.stateSize = this.units;
  }

  static meaning({ units }: LayerNormGRUCell): Meaning {
    return `statistics of each sample at each step, over the ${units} units of each of its 3 gates, from the input and from the state`;
  }

  protected override createWeights(shape: Shape): void {
    const extent = gates * this.units;
    this.createKernels(shape, { gates, bias: [2, extent] });
    this.kernelNorm = this.createNorm('kernel_norm', extent);
    this.recurrentNorm = this.createNorm('recurrent_norm', extent);
  }

  /** Normalizes the sums of each gate by themselves, as a group of consecutive elements. */
  private eachGate(sums: tf.Tensor, norm: CellNorm | undefined): tf.Tensor {
    return groupNorm(sums, { ...this.normOptions(norm), groups: gates });
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: CallArguments): tf.Tensor[] {
    return tf.tidy(() => {
      const [x, h] = this.stepTensors(inputs) as [tf.Tensor, tf.Tensor];
      const [inputBias, stateBias] = this.bias ? tf.split(this.bias.read(), 2) : [];
      const input = this.eachGate(this.fromInput(x, kwargs), this.kernelNorm);
      const state = this.eachGate(this.fromState(h, kwargs), this.recurrentNorm);
      const [inputUpdate, inputReset, inputCandidate] = split(input, inputBias);
      const [stateUpdate, stateReset, stateCandidate] = split(state, stateBias);
      const { activation, recurrentActivation: gate } = this;
      const update = gate.apply(tf.add(inputUpdate, stateUpdate));
      const reset = gate.apply(tf.add(inputReset, stateReset));
      const candidate = activation.apply(tf.add(inputCandidate, tf.mul(reset, stateCandidate)));
      const output = tf.add(tf.mul(update, h), tf.mul(tf.sub(1, update), candidate));
      return [output, output];
    });
  }
}

/** {@link LayerNormGRUCell}, as TensorFlow.js's own cells are made. */
export function layerNormGRUCell(args: LayerNormGRUCellArgs): LayerNormGRUCell {
  return new LayerNormGRUCell(args);
}

/** The gates of a sum, with its bias. */
function split(sum: tf.Tensor, bias: tf.Tensor | undefined): [tf.Tensor, tf.Tensor, tf.Tensor] {
  return tf.split(bias ? tf.add(sum, bias) : sum, gates, 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
}
