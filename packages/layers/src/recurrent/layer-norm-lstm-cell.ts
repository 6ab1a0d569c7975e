import { layerNorm } from '@normkit/core';
import * as tf from '@tensorflow/tfjs-core';
import type { Shape } from '@tensorflow/tfjs-layers';
import type { CallArguments } from '../abstract-layers/keras-layer.ts';
import type { Meaning } from '../registry/layer-class.ts';
import type { Initializer } from '../weights/weight-objects.ts';
import { type CellNorm, GatedCell, type GatedCellArgs } from './gated-cell.ts';

export interface LayerNormLSTMCellArgs extends GatedCellArgs {
  /** Whether the bias of the forget gate begins at 1. Default: true. */
  readonly unitForgetBias?: boolean | undefined;
}

/**
 * A step of an LSTM with layer normalization, for `tf.layers.rnn({ cell })`. With W the kernel, U the recurrent kernel,
 * b the bias, and LN layer norms with a gamma and a beta each:
 *
 * [i, f, g, o] = LN(x · W) + LN(h · U) + b, c′ = LN(σ(f) · c + σ(i) · tanh(g)), h′ = σ(o) · tanh(c′)
 *
 * The first two norms are over all 4 · units sums of a sample together, the third over its units. The normalized c′ is
 * the state that is handed on. Weights: kernel, recurrent_kernel, bias, then gamma and beta of kernel_norm,
 * recurrent_norm and state_norm.
 *
 * @see TensorFlow Addons `LayerNormLSTMCell`; Ba et al. 2016, arXiv:1607.06450.
 */
export class LayerNormLSTMCell extends GatedCell {
  static override className = 'Addons>LayerNormLSTMCell';

  readonly stateSize: number[];
  readonly unitForgetBias: boolean;
  private stateNorm: CellNorm | undefined;

  constructor(args: LayerNormLSTMCellArgs) {
    super(args, ['unitForgetBias']);
    this.stateSize = [this.units, this.units];
    this.unitForgetBias = this.flag('unitForgetBias', args.unitForgetBias, true);
  }

  static meaning({ units }: LayerNormLSTMCell): Meaning {
    return `statistics of each sample at each step, over the ${units} units of its 4 gates together, from the input and from the state, and over the carry`;
  }

  protected override createWeights(shape: Shape): void {
    const { units } = this;
    const gates = 4;
    const { biasInitializer } = this;
    this.createKernels(shape, {
      gates,
      bias: [gates * units],
      biasInitializer: this.unitForgetBias ? forgetBias(biasInitializer, units) : biasInitializer,
    });
    this.kernelNorm = this.createNorm('kernel_norm', gates * units);
    this.recurrentNorm = this.createNorm('recurrent_norm', gates * units);
    this.stateNorm = this.createNorm('state_norm', units);
  }

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: CallArguments): tf.Tensor[] {
    return tf.tidy(() => {
      const [x, h, c] = this.stepTensors(inputs) as [tf.Tensor, tf.Tensor, tf.Tensor];
      const input = layerNorm(this.fromInput(x, kwargs), this.normOptions(this.kernelNorm));
      const state = layerNorm(this.fromState(h, kwargs), this.normOptions(this.recurrentNorm));
      const sums = tf.add(input, state);
      const [inGate, forgetGate, candidate, outGate] = tf.split(
        this.bias ? tf.add(sums, this.bias.read()) : sums,
        4,
        1,
      ) as [tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor];
      const { activation, recurrentActivation: gate } = this;
      const kept = tf.mul(gate.apply(forgetGate), c);
      const added = tf.mul(gate.apply(inGate), activation.apply(candidate));
      const carry = layerNorm(tf.add(kept, added), this.normOptions(this.stateNorm));
      const output = tf.mul(gate.apply(outGate), activation.apply(carry));
      return [output, output, carry];
    });
  }

  override getConfig(): tf.serialization.ConfigDict {
    return { ...super.getConfig(), unitForgetBias: this.unitForgetBias };
  }
}

/** {@link LayerNormLSTMCell}, as TensorFlow.js's own cells are made. */
export function layerNormLSTMCell(args: LayerNormLSTMCellArgs): LayerNormLSTMCell {
  return new LayerNormLSTMCell(args);
}

/** 1 for the second gate, the forget gate. The initializer gives the values of the other gates. */
function forgetBias(initializer: Initializer, units: number): Pick<Initializer, 'apply'> {
  return {
    apply: (_, dtype) =>
      tf.tidy(() =>
        tf.concat([initializer.apply([units], dtype), tf.ones([units]), initializer.apply([2 * units], dtype)]),
      ),
  };
}
