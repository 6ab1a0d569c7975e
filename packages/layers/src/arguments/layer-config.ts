import { camelCase } from './layer-arguments.ts';

/**
 * Settings that Keras writes into the config of a layer and that change nothing here: how the layer runs on several
 * devices, in which precision, by which kernel, and where it was defined.
 */
const meaningless = new Set([
  'activityRegularizer',
  'autocast',
  'buildConfig',
  'customObjects',
  'fused',
  'module',
  'optional',
  'ragged',
  'registeredName',
  'sparse',
  'synchronized',
]);

/**
 * The arguments of a layer, out of a config of Keras 2, Keras 3, TensorFlow Addons or TensorFlow.js. Names become
 * camelCase, and the policy of Keras 3 becomes a data type. A setting that is null means the default, and is left out.
 */
export function argumentsOf(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const entries = Object.entries(config)
    .map(([key, value]): [string, unknown] => [camelCase(key), value])
    .filter(([key, value]) => value !== null && value !== undefined && !meaningless.has(key))
    .map(([key, value]): [string, unknown] => {
      if (key === 'dtype') return [key, dataType(value)];
      if (key === 'batchShape') return ['batchInputShape', value];
      return [key, value];
    });
  return Object.fromEntries(entries);
}

/** A policy is an object in Keras 3 and a name in Keras 2. TensorFlow.js computes in float32 in any case. */
function dataType(value: unknown): string {
  const name = typeof value === 'string' ? value : ((value as { config?: { name?: unknown } }).config?.name ?? '');
  return name === 'int32' || name === 'bool' ? name : 'float32';
}
