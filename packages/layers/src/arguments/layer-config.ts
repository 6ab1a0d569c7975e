import { camelCase } from './layer-arguments.ts';

/**
 * What Keras writes into the config of a layer and that says nothing here: how it runs on several devices, in which
 * precision, by which kernel, and where it was defined.
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
 * The arguments of a layer, out of a config of Keras 2, Keras 3, TensorFlow Addons or TensorFlow.js: names in
 * camelCase, a data type where Keras 3 has a policy, and nothing for what is null, which means the default there.
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
