import type { Shape } from '@tensorflow/tfjs-layers';
import { type AlongAxis, spread } from './channel-affine.ts';
import { type Entry, innerAxis, innerShape, nameOf } from './fold-graph.ts';

/** The affine behind Flatten or Reshape: the channels repeat along the last axis. Or why there is none. */
export function reshapeForward(entry: Entry, call: number, { axis, affine }: AlongAxis): AlongAxis | string {
  const { layer, timeAxes } = entry;
  const shape = innerShape(entry, call);
  const output = layer.computeOutputShape([1, ...shape.slice(1)]) as Shape;
  const { dataFormat } = layer as { dataFormat?: string };
  const inner = innerAxis(entry, axis);
  const along = alongLast(shape, inner, dataFormat === 'channelsFirst', output.at(-1), affine);
  return along ? { axis: output.length - 1 + timeAxes, affine: along } : whyNot(entry);
}

/** The affine before a Reshape whose input is a vector, such as a dense layer's output that becomes an image. */
export function reshapeBackward(entry: Entry, call: number, { axis, affine }: AlongAxis): AlongAxis | string {
  const { layer, timeAxes } = entry;
  const shape = innerShape(entry, call);
  const output = layer.computeOutputShape([1, ...shape.slice(1)]) as Shape;
  const along = shape.length === 2 ? alongLast(output, innerAxis(entry, axis), false, shape[1], affine) : undefined;
  return along ? { axis: 1 + timeAxes, affine: along } : whyNot(entry);
}

/** The same affine for the elements of a tensor of this shape, laid out in rows of `size`, if all rows are alike. */
function alongLast(
  shape: Shape,
  axis: number,
  isFirst: boolean,
  size: number | null | undefined,
  affine: AlongAxis['affine'],
): AlongAxis['affine'] | undefined {
  const axes = shape.map((_, index) => index).slice(1);
  // Flatten moves channels that come first to the end.
  const order = isFirst ? [...axes.slice(1), 1] : axes;
  const stride = order
    .slice(order.indexOf(axis) + 1)
    .reduce((product, index) => product * (shape[index] ?? Number.NaN), 1);
  const channels = affine.scale.length;
  if (axis === 0 || typeof size !== 'number' || size % (channels * stride) !== 0) return undefined;
  return spread(affine, size, (index) => Math.floor(index / stride) % channels);
}

function whyNot(entry: Entry): string {
  return `${nameOf(entry)} is between, and does not lay out the channels one by one along its last axis`;
}
