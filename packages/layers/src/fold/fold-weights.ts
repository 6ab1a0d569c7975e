import * as tf from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { CentredAffine, ChannelAffine } from './channel-affine.ts';

/**
 * What becomes part of a layer: an affine of its input, and one of its output. `frozen` is for a layer that replaces a
 * norm.
 */
export interface Folding {
  readonly input?: ChannelAffine | undefined;
  readonly output?: ChannelAffine | undefined;
  readonly frozen?: CentredAffine | undefined;
}

/** The input and output channel of a kernel's element, by its indices along the last two axes. */
interface Kernel {
  readonly input: (row: number, column: number) => number;
  readonly output: (row: number, column: number, columns: number) => number;
}

/** [..., inputs, outputs] */
const outputsLast: Kernel = { input: (row) => row, output: (_row, column) => column };
/** [..., outputs, inputs] */
const inputsLast: Kernel = { input: (_row, column) => column, output: (row) => row };
/** [..., inputs, multiplier]: output channel = input · multiplier + index. */
const depthwise: Kernel = { input: (row) => row, output: (row, column, columns) => row * columns + column };

/**
 * The kernels of each class of layers, in the order of its weights, which is the order of its arithmetic. The bias is
 * last.
 */
const kernels: Readonly<Record<string, readonly Kernel[]>> = {
  Conv1D: [outputsLast],
  Conv2D: [outputsLast],
  Conv3D: [outputsLast],
  Dense: [outputsLast],
  Conv2DTranspose: [inputsLast],
  Conv3DTranspose: [inputsLast],
  DepthwiseConv2D: [depthwise],
  SeparableConv2D: [depthwise, outputsLast],
};

export function isFoldable(layer: layers.Layer): boolean {
  return Object.hasOwn(kernels, layer.getClassName());
}

/** The weights with which a layer does the work of `input`, of itself and of `output`. */
export function foldWeights(layer: layers.Layer, { input, output, frozen }: Folding): tf.Tensor[] {
  if (frozen) return frozenWeights(frozen, output);
  const weights = layer.getWeights();
  const stages = kernels[layer.getClassName()] ?? [];
  let arriving = input;
  const folded = stages.map((kernel, index) => {
    const weight = weights[index] ?? tf.scalar(0);
    const { values, shift } = foldKernel(weight, kernel, arriving, index === stages.length - 1 ? output : undefined);
    arriving = shift && { scale: shift.map(() => 1), shift };
    return tf.tensor(values, weight.shape);
  });
  const bias = weights[stages.length]?.dataSync();
  const { length = 0 } = (arriving ?? output)?.shift ?? [];
  const biases = Float32Array.from({ length }, (_, channel) => {
    const before = (bias?.[channel] ?? 0) + (arriving?.shift[channel] ?? 0);
    return before * (output?.scale[channel] ?? 1) + (output?.shift[channel] ?? 0);
  });
  return [...folded, tf.tensor1d(biases)];
}

/**
 * A kernel with its inputs and outputs scaled, and the shift of each output channel that the shift of the inputs gives.
 */
function foldKernel(weight: tf.Tensor, { input, output }: Kernel, before?: ChannelAffine, behind?: ChannelAffine) {
  const [rows = 1, columns = 1] = weight.shape.slice(-2);
  const data = weight.dataSync();
  const values = new Float32Array(data.length);
  const shift = before && new Float64Array(output(rows - 1, columns - 1, columns) + 1);
  for (let index = 0; index < data.length; ) {
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1, index += 1) {
        const from = input(row, column);
        const to = output(row, column, columns);
        const value = data[index] ?? 0;
        values[index] = value * (before?.scale[from] ?? 1) * (behind?.scale[to] ?? 1);
        if (shift) shift[to] = (shift[to] ?? 0) + value * (before?.shift[from] ?? 0);
      }
    }
  }
  return { values, shift };
}

/** The affine of a second batch normalization, folded into this one, comes after the scale and beta of this one. */
function frozenWeights({ mean, scale, beta }: CentredAffine, output: ChannelAffine | undefined): tf.Tensor[] {
  const factor = (channel: number) => output?.scale[channel] ?? 1;
  const scales = scale.map((value, channel) => value * factor(channel));
  const betas = beta.map((value, channel) => value * factor(channel) + (output?.shift[channel] ?? 0));
  return [mean, scales, betas].map((values) => tf.tensor1d(Float32Array.from(values)));
}
