import type { layers } from '@tensorflow/tfjs-layers';
import type { AlongAxis } from './channel-affine.ts';
import { type Entry, innerAxis, innerShape, isTraining, nameOf } from './fold-graph.ts';

/**
 * A layer that a multiplication and addition of each channel can pass: the result is the same whether they come before
 * the layer or behind it. The channels are along one of these pairs of axes, [before, behind].
 */
interface Passage {
  readonly axes: readonly (readonly [before: number, behind: number])[];
  readonly needs?: 'no shift' | 'no negative scale';
}

type Fields = { readonly dataFormat?: string; readonly dims?: readonly number[]; readonly activation?: unknown };

const every = (rank: number): Passage => ({
  axes: Array.from({ length: rank - 1 }, (_, index) => [index + 1, index + 1] as const),
});

const channels = ({ dataFormat }: Fields, rank: number) => (dataFormat === 'channelsFirst' ? 1 : rank - 1);

/**
 * Each output is an average or a copy of inputs of the same channel. `maxima`: their maximum. `zeros`: a copy, or 0.
 */
const averages = (layer: Fields, rank: number): Passage => {
  const axis = channels(layer, rank);
  return { axes: [[axis, axis]] };
};
const maxima = (layer: Fields, rank: number): Passage => ({ ...averages(layer, rank), needs: 'no negative scale' });
const zeros = (layer: Fields, rank: number): Passage => ({ ...averages(layer, rank), needs: 'no shift' });
const globalAverage = (layer: Fields, rank: number): Passage => ({ axes: [[channels(layer, rank), 1]] });
const globalMaximum = (layer: Fields, rank: number): Passage => ({
  ...globalAverage(layer, rank),
  needs: 'no negative scale',
});
/** At inference these layers do nothing. */
const nothing = (_layer: Fields, rank: number): Passage => every(rank);

const passages: Readonly<Record<string, (layer: Fields, rank: number) => Passage>> = {
  Dropout: nothing,
  SpatialDropout1D: nothing,
  GaussianNoise: nothing,
  GaussianDropout: nothing,
  AlphaDropout: nothing,
  AveragePooling1D: averages,
  AveragePooling2D: averages,
  AveragePooling3D: averages,
  Cropping2D: averages,
  UpSampling2D: averages,
  MaxPooling1D: maxima,
  MaxPooling2D: maxima,
  MaxPooling3D: maxima,
  ZeroPadding2D: zeros,
  GlobalAveragePooling1D: globalAverage,
  GlobalAveragePooling2D: globalAverage,
  GlobalMaxPooling1D: globalMaximum,
  GlobalMaxPooling2D: globalMaximum,
  RepeatVector: () => ({ axes: [[1, 2]] }),
  Permute: ({ dims = [] }) => ({ axes: dims.map((axis, index) => [axis, index + 1] as const) }),
};

function passageOf(layer: layers.Layer, rank: number): Passage | undefined {
  const className = layer.getClassName();
  if (className === 'Activation' && isLinear(layer)) return every(rank);
  return Object.hasOwn(passages, className) ? passages[className]?.(layer as Fields, rank) : undefined;
}

function isLinear(layer: layers.Layer): boolean {
  const { activation } = layer as { activation?: { getClassName(): string } };
  return activation?.getClassName() === 'linear';
}

/** Whether a layer passes multiplications and additions on at all, along one axis or another. */
export function isPassage(layer: layers.Layer): boolean {
  return passageOf(layer, 2) !== undefined;
}

/** The affine that has the same effect at the other side of a layer's call, or why there is none. */
export function across(
  entry: Entry,
  call: number,
  { axis, affine }: AlongAxis,
  direction: 'forward' | 'backward',
): AlongAxis | string {
  const { layer, timeAxes, calls } = entry;
  const rank = innerShape(entry, call).length;
  const { axes, needs } = passageOf(layer, rank) ?? { axes: [] };
  const [near, far] = direction === 'forward' ? ([0, 1] as const) : ([1, 0] as const);
  const pair = axes.find((sides) => sides[near] === innerAxis(entry, axis));
  const what = `${nameOf(entry)} is between`;
  if (calls[call] && isTraining(calls[call])) return `${what} and called with training: true`;
  if (!pair) return `${what}, and axis ${axis} is not that of its channels`;
  if (needs === 'no shift' && affine.shift.some((value) => value !== 0)) {
    return `${what}, whose zeros are not multiplied and added to`;
  }
  if (needs === 'no negative scale' && affine.scale.some((value) => value < 0)) {
    return `${what}, and the scale of a channel is negative: its maximum would become a minimum`;
  }
  return { axis: pair[far] + timeAxes, affine };
}
