import { camelCase } from '../base/layer-arguments.ts';
import type { Json, JsonObject } from './json.ts';

/** Lists of these begin with the name of a layer, which stays as it is. */
const references = ['inbound_nodes', 'input_layers', 'output_layers'];

/**
 * A config with the keys and words that TensorFlow.js's classes read: `padding_mode: 'zero_pad'` becomes
 * `paddingMode: 'zeroPad'`. Names of layers and of classes stay.
 */
export function toCamelCase(value: Json, key = ''): Json {
  if (typeof value === 'string') return key === 'name' || key === 'class_name' ? value : camelCase(value);
  if (Array.isArray(value)) {
    const keepsFirst = references.includes(key);
    return value.map((entry, index) =>
      keepsFirst && index === 0 && typeof entry === 'string' ? entry : toCamelCase(entry, key === 'name' ? '' : key),
    );
  }
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, entry]) => [camelCase(name), toCamelCase(entry, name)]);
  return Object.fromEntries(entries) as JsonObject;
}
