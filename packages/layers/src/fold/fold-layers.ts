import type { layers, Shape } from '@tensorflow/tfjs-layers';
import type { ChannelAffine } from './channel-affine.ts';

/** Fields of the layers that a norm can be folded into. TensorFlow.js's types hide them. */
interface Fields {
  readonly dataFormat?: string;
  readonly padding?: string;
  readonly kernelSize?: readonly number[];
  readonly strides?: readonly number[];
  readonly dilationRate?: number | readonly number[];
}

/** The axis of the channels, which is the same in a layer's input, of this rank, and in its output. */
export function channelAxis(layer: layers.Layer, rank: number): number {
  return (layer as Fields).dataFormat === 'channelsFirst' ? 1 : rank - 1;
}

/** Why a layer cannot take a bias for an input of this rank, though it can take a scale. */
export function noBias(layer: layers.Layer, rank: number): string | undefined {
  if (rank > 5) return `TensorFlow.js adds no bias to what ${layer.name} computes, which has rank ${rank}`;
  const isBroken = layer.getClassName() === 'SeparableConv2D' && channelAxis(layer, rank) === 1;
  return isBroken ? `TensorFlow.js adds the bias of ${layer.name}, channels first, along another axis` : undefined;
}

/**
 * Why a layer does not turn the shift of its inputs into one constant for each channel, for an input of this shape.
 * Where part of its kernel lies on padding, the padding is 0 and not the shift.
 */
export function unevenShift(layer: layers.Layer, { shift }: ChannelAffine, shape: Shape): string | undefined {
  const { kernelSize } = layer as Fields;
  if (!kernelSize || shift.every((value) => value === 0)) return undefined;
  const what = `${layer.name} (${layer.getClassName()})`;
  if (layer.getClassName().endsWith('Transpose')) {
    const isPointwise = [...kernelSize, ...((layer as Fields).strides ?? [])].every((size) => size === 1);
    return isPointwise ? undefined : `${what} adds up another part of its kernel at each position of its output`;
  }
  return isPadded(layer, shape) ? `${what} pads with zeros, to which the batch normalization would add` : undefined;
}

function isPadded(layer: layers.Layer, shape: Shape): boolean {
  const { padding, kernelSize = [], strides = [], dilationRate = 1 } = layer as Fields;
  if (padding === 'valid') return false;
  const axis = channelAxis(layer, shape.length);
  const extents = shape.filter((_, index) => index > 0 && index !== axis);
  return kernelSize.some((kernel, index) => {
    const stride = strides[index] ?? 1;
    const reach = (kernel - 1) * ([dilationRate].flat()[index] ?? 1) + 1;
    const extent = extents[index];
    if (padding !== 'same' || typeof extent !== 'number') return reach > 1;
    return (Math.ceil(extent / stride) - 1) * stride + reach > extent;
  });
}
