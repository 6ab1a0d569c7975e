import { valueText } from '@normkit/core/checks';
import { oneAxis } from '../base/axis-argument.ts';
import { configError, type Json, type JsonObject } from './json.ts';

/** A setting that TensorFlow.js's layer does not have, and would silently leave out. */
interface Missing {
  readonly classes: RegExp;
  readonly setting: string;
  /** The values with which the layer computes the same without it. */
  readonly harmless: readonly Json[];
}

const missing: readonly Missing[] = [
  { classes: /^Conv[123]D(Transpose)?$/, setting: 'groups', harmless: [1] },
  { classes: /^Conv[23]DTranspose$/, setting: 'output_padding', harmless: [] },
  { classes: /^Global(Average|Max)Pooling[12]D$/, setting: 'keepdims', harmless: [false] },
  { classes: /^ReLU$/, setting: 'negative_slope', harmless: [0] },
  { classes: /^ReLU$/, setting: 'threshold', harmless: [0] },
  { classes: /^(SimpleRNN|LSTM|GRU)$/, setting: 'time_major', harmless: [false] },
  { classes: /^GRU(Cell)?$/, setting: 'reset_after', harmless: [false] },
];

/**
 * A layer's settings under the names and in the forms that TensorFlow.js's layer of that class reads.
 *
 * @throws NormkitError where TensorFlow.js's layer would compute something else than Keras's.
 */
export function convertSettings(className: string, settings: JsonObject, where: string): JsonObject {
  for (const { classes, setting, harmless } of missing) {
    const value = settings[setting];
    if (!classes.test(className) || value === undefined || value === null || harmless.includes(value)) continue;
    throw configError(
      where,
      `${setting} is ${valueText(value)}, but TensorFlow.js's ${className} has no such setting and would compute something else.`,
    );
  }
  const { batch_shape: batchShape, ...rest } = settings;
  const named = batchShape === undefined ? rest : { ...rest, batch_input_shape: batchShape };
  return special[className]?.(named, where) ?? named;
}

const special: Readonly<Record<string, (settings: JsonObject, where: string) => JsonObject>> = {
  /** Keras's base class writes these three of every convolution; TensorFlow.js refuses them here. */
  SeparableConv2D: ({ kernel_initializer: _, kernel_regularizer: __, kernel_constraint: ___, ...rest }) => rest,
  LeakyReLU: ({ negative_slope: slope, ...rest }) => (slope === undefined ? rest : { ...rest, alpha: slope }),
  BatchNormalization: ({ axis, ...rest }) => (axis === undefined ? rest : { ...rest, axis: oneAxis(axis) as Json }),
  /** TensorFlow.js builds a causal Conv1D and throws when it is called. With a kernel of one there is nothing to pad. */
  Conv1D: (settings, where) => {
    if (settings['padding'] !== 'causal') return settings;
    if (String(settings['kernel_size']) === '1') return { ...settings, padding: 'valid' };
    throw configError(
      where,
      `padding is causal with kernel_size ${valueText(settings['kernel_size'])}, which TensorFlow.js cannot compute.`,
    );
  },
};
