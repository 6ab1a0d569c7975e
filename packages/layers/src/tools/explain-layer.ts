import { type ExplainOptions, explainNorm, factLines, type NormKind } from '@normkit/core';
import type { layers } from '@tensorflow/tfjs-layers';

/** What a layer's class and settings say of it: an op, which `explain` knows, with a remark, or a sentence. */
type Meaning = { readonly kind: NormKind; readonly options: ExplainOptions; readonly remark?: string } | string;

type Fields = Readonly<Record<string, never>> & {
  readonly axis: number | readonly number[] | null;
  readonly groups: number;
  readonly kerasContrib?: boolean;
  readonly rmsScaling?: boolean;
  readonly layer: layers.Layer;
  readonly units: number;
};

const batch = ({ axis }: Fields): Meaning => ({ kind: 'batchNorm', options: { axis: axis ?? -1 } });

const group = ({ axis, groups, kerasContrib }: Fields): Meaning =>
  kerasContrib
    ? `statistics of each of ${groups} runs of the flattened sample, which mix its channels (keras-contrib)`
    : { kind: 'groupNorm', options: { axis: axis ?? -1, groups } };

const kernel = ({ layer }: Fields): Meaning => `normalizes the kernel of ${layer.name}, not its input`;

const gatedCell =
  (gates: string) =>
  ({ units }: Fields): Meaning =>
    `statistics of each sample at each step, over ${gates.replaceAll('units', `${units} units`)}`;

/** By the names under which the classes are saved. */
const meanings: Readonly<Record<string, (layer: Fields) => Meaning>> = {
  BatchNormalization: batch,
  BatchNormalizationV1: batch,
  SyncBatchNormalization: batch,
  FrozenBatchNormalization: ({ axis }) =>
    `one multiply and add for each channel of axis ${axis}: a batch normalization of inference`,
  GroupNormalization: group,
  'Addons>GroupNormalization': group,
  'Addons>InstanceNormalization': ({ axis }) => ({ kind: 'instanceNorm', options: { axis: axis ?? -1 } }),
  InstanceNormalization: ({ axis }) =>
    `statistics of each sample${axis === null ? '' : ` and each channel of axis ${axis}`}; epsilon is added to the deviation (keras-contrib)`,
  LayerNormalization: ({ axis, rmsScaling }) => ({
    kind: 'layerNorm',
    options: { axis: axis ?? -1 },
    ...(rmsScaling ? { remark: 'remark    rmsScaling: the mean is not subtracted, and there is no beta' } : {}),
  }),
  RMSNormalization: ({ axis }) => ({ kind: 'rmsNorm', options: { axis: axis ?? -1 } }),
  UnitNormalization: ({ axis }) => `divides by the length along axis ${String(axis)}`,
  'Addons>FilterResponseNormalization': () => 'mean square over height and width, for each sample and channel',
  'Addons>WeightNormalization': kernel,
  'Addons>SpectralNormalization': kernel,
  SpectralNormalization: kernel,
  Normalization: ({ axis }) =>
    `by a mean and a variance ${axis === null ? 'of all values' : `for each index of axis ${String(axis)}`}, which were given or adapted: nothing is computed from its input`,
  'Addons>LayerNormLSTMCell': gatedCell(
    'the units of its 4 gates together, from the input and from the state, and over the carry',
  ),
  'Addons>LayerNormSimpleRNNCell': gatedCell('its units'),
  LayerNormGRUCell: gatedCell('the units of each of its 3 gates, from the input and from the state'),
};

export function isNormalization(layer: layers.Layer): boolean {
  return Object.hasOwn(meanings, layer.getClassName());
}

/** What a layer does whatever its input is, if that can be said. */
export function sentenceOf(layer: layers.Layer): string | undefined {
  const meaning = meanings[layer.getClassName()]?.(layer as unknown as Fields);
  return typeof meaning === 'string' ? meaning : undefined;
}

export interface LayerExplanation {
  readonly lines: readonly string[];
  readonly warnings: readonly string[];
}

/** What a normalization layer does to an input of this shape, and what of it is probably not meant. */
export function explainLayer(layer: layers.Layer, shape: readonly number[], batchIsKnown: boolean): LayerExplanation {
  const meaning = meanings[layer.getClassName()]?.(layer as unknown as Fields) ?? '';
  if (typeof meaning === 'string') return { lines: [meaning], warnings: [] };
  const { kind, options, remark } = meaning;
  const facts = explainNorm(kind, shape, options);
  return {
    lines: [...factLines(facts), ...(remark ? [remark] : [])],
    warnings: [
      ...(facts.warning === undefined ? [] : [facts.warning]),
      ...perPixel(kind, shape, options),
      ...(batchIsKnown ? smallBatch(kind, shape) : []),
    ],
  };
}

/** Layer norm over the channels of an image: right in a ConvNeXt, and a slip where `axis: 3` was meant as "images". */
function perPixel(kind: NormKind, shape: readonly number[], { axis = -1 }: ExplainOptions): string[] {
  const last = shape.length - 1;
  const isLast = [axis].flat().every((entry) => (entry as number) === last || entry === -1);
  const positions = shape.slice(1, -1);
  if (kind !== 'layerNorm' || shape.length < 4 || !isLast || positions.every((size) => size === 1)) return [];
  const whole = shape.map((_, index) => index).slice(1);
  return [
    `normalizes each of ${positions.join(' × ')} positions over its ${shape[last]} channels; for the whole sample use axis [${whole.join(', ')}].`,
  ];
}

function smallBatch(kind: NormKind, [size = 0]: readonly number[]): string[] {
  if (kind !== 'batchNorm' || size < 1 || size > 4) return [];
  return [
    `a batch of ${size} has noisy statistics in training; use group normalization, renorm, or a larger batch, or freeze the layer.`,
  ];
}
