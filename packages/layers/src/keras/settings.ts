import type { NormkitError } from '@normkit/core';
import { valueText } from '@normkit/core/checks';
import { oneAxis } from '../arguments/axis-argument.ts';
import { isObject, type Json, type JsonObject } from '../model-json/json.ts';
import { configError } from './expect.ts';

/** A setting that TensorFlow.js's layer silently leaves out, or computes otherwise than Keras's. */
interface Missing {
  readonly classes: RegExp;
  readonly setting: string;
  /** The values with which the layer computes the same, also as entries of a list: a dilation of [1, 1] is one of 1. */
  readonly harmless: readonly Json[];
}

const missing: readonly Missing[] = [
  { classes: /^Conv[123]D(Transpose)?$/, setting: 'groups', harmless: [1] },
  { classes: /^Conv[23]DTranspose$/, setting: 'output_padding', harmless: [] },
  { classes: /^(DepthwiseConv2D|Conv[23]DTranspose)$/, setting: 'dilation_rate', harmless: [1] },
  // Its output has the channels last.
  { classes: /^Conv1D$/, setting: 'data_format', harmless: ['channels_last'] },
  { classes: /^(Global)?(Average|Max)Pooling1D$/, setting: 'data_format', harmless: ['channels_last'] },
  // Bilinear, it takes the corners of pixels for their centers.
  { classes: /^UpSampling2D$/, setting: 'interpolation', harmless: ['nearest'] },
  // It aligns the corners of the images, and RandomWidth is random at inference too.
  { classes: /^Resizing$/, setting: 'interpolation', harmless: [] },
  { classes: /^RandomWidth$/, setting: 'factor', harmless: [0] },
  { classes: /^Global(Average|Max)Pooling[12]D$/, setting: 'keepdims', harmless: [false] },
  { classes: /^ReLU$/, setting: 'negative_slope', harmless: [0] },
  { classes: /^ReLU$/, setting: 'threshold', harmless: [0] },
  { classes: /^(SimpleRNN|LSTM|GRU)$/, setting: 'time_major', harmless: [false] },
  { classes: /^GRU(Cell)?$/, setting: 'reset_after', harmless: [false] },
];

/**
 * A layer's settings under the names and in the forms that TensorFlow.js's layer of that class reads.
 *
 * @param byKeras Whether the settings mean Keras's layer. A file of TensorFlow.js means TensorFlow.js's.
 * @throws NormkitError where TensorFlow.js's layer would compute something else than Keras's, and where a shape is none.
 */
export function convertSettings(className: string, settings: JsonObject, where: string, byKeras: boolean): JsonObject {
  if (byKeras) refuseMissing(className, settings, where);
  const { batch_shape: batchShape, ...rest } = settings;
  const named = batchShape === undefined ? rest : { ...rest, batch_input_shape: batchShape };
  for (const key of ['batch_input_shape', 'input_shape']) {
    const shape = named[key] ?? null;
    // TensorFlow.js takes one extent as it is.
    if (shape !== null) checkShape(key === 'input_shape' ? [shape].flat() : shape, `${where}, ${key}`);
  }
  const target = named['target_shape'] ?? null;
  if (target !== null)
    checkShape(Array.isArray(target) ? target.filter((extent) => extent !== -1) : target, `${where}, target_shape`);
  const convert = Object.hasOwn(special, className) ? special[className] : undefined;
  return convert?.(named, where, byKeras) ?? named;
}

function refuseMissing(className: string, settings: JsonObject, where: string): void {
  for (const { classes, setting, harmless } of missing) {
    const value = settings[setting];
    if (value === undefined || value === null || !classes.test(className)) continue;
    if ([value].flat().every((entry) => harmless.includes(snakeWord(entry)))) continue;
    throw otherwise(where, className, `${setting} is ${valueText(value)}`);
  }
}

/** `channels_last` of `channelsLast`: TensorFlow.js reads both. */
function snakeWord(value: Json | undefined): Json {
  return typeof value === 'string' ? value.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`) : (value ?? null);
}

/** A shape with open extents. TensorFlow.js would take any number for an extent. */
export function checkShape(shape: Json, where: string): Json[] {
  const isExtent = (extent: Json) =>
    extent === null || (Number.isInteger(extent) && Number(extent) >= 0 && Number(extent) < 2 ** 31);
  if (Array.isArray(shape) && shape.every(isExtent)) return shape;
  throw configError(
    where,
    `expected an array of integers from 0 to 2147483647, and of null for what is open. Got ${valueText(shape)}.`,
  );
}

function otherwise(where: string, className: string, setting: string): NormkitError {
  return configError(
    where,
    `${setting}, but TensorFlow.js's ${className} would compute something else. Change the layer in Keras, or write a class that computes it, register it with tf.serialization.registerClass under a name of its own, and give the layer that class_name in the file.`,
  );
}

/** In what a layer that goes backwards computes otherwise than its counterpart, but for the direction. */
function unmirrored(forward: JsonObject, backward: JsonObject): string | undefined {
  if (forward['class_name'] !== backward['class_name']) return 'class_name';
  const [ahead, back] = [forward['config'], backward['config']];
  if (!isObject(ahead) || !isObject(back)) return 'config';
  const turned = { ...back, go_backwards: back['go_backwards'] !== true };
  const computes = (key: string) =>
    !/^(name|seed|trainable|batch_input_shape)$|_(initializer|regularizer|constraint)$/.test(key);
  return Object.entries({ go_backwards: false, ...ahead })
    .filter(([key]) => computes(key))
    .find(([key, value]) => JSON.stringify(value) !== JSON.stringify((turned as JsonObject)[key]))?.[0];
}

type Convert = (settings: JsonObject, where: string, byKeras: boolean) => JsonObject;

const special: Readonly<Record<string, Convert>> = {
  /** Keras's base class writes these three of every convolution; TensorFlow.js refuses them here. */
  SeparableConv2D: (
    { kernel_initializer: _, kernel_regularizer: __, kernel_constraint: ___, ...rest },
    where,
    byKeras,
  ) => {
    // TensorFlow.js adds the bias along an axis of the image.
    const isChannelsFirst = snakeWord(rest['data_format']) === 'channels_first';
    if (!byKeras || !isChannelsFirst || rest['use_bias'] === false) return rest;
    throw otherwise(where, 'SeparableConv2D', "data_format is 'channels_first' with a bias");
  },
  /** TensorFlow.js makes the layer that goes backwards out of the one that goes forwards. */
  Bidirectional: ({ backward_layer: backward, ...rest }, where) => {
    const setting = isObject(backward) && isObject(rest['layer']) ? unmirrored(rest['layer'], backward) : undefined;
    if (setting === undefined) return rest;
    throw otherwise(where, 'Bidirectional', `backward_layer differs from layer in its ${setting}`);
  },
  LeakyReLU: ({ negative_slope: slope, ...rest }) => (slope === undefined ? rest : { ...rest, alpha: slope }),
  BatchNormalization: ({ axis, ...rest }) => (axis === undefined ? rest : { ...rest, axis: oneAxis(axis) as Json }),
  /** TensorFlow.js builds a causal Conv1D and throws when it is called. With a kernel of one there is nothing to pad. */
  Conv1D: (settings, where) => {
    if (settings['padding'] !== 'causal') return settings;
    if (JSON.stringify([settings['kernel_size']].flat()) === '[1]') return { ...settings, padding: 'valid' };
    throw configError(
      where,
      `padding is causal with kernel_size ${valueText(settings['kernel_size'])}, which TensorFlow.js cannot compute.`,
    );
  },
};
