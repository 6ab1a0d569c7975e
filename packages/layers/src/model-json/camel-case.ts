import { camelCase } from '../arguments/layer-arguments.ts';
import type { Json, JsonObject } from './json.ts';

/** A list under one of these keys begins with the name of a layer. The name stays as it is. */
const references = ['inbound_nodes', 'input_layers', 'output_layers'];

/**
 * A config with the keys and words that TensorFlow.js's classes read: `padding_mode: 'zero_pad'` becomes
 * `paddingMode: 'zeroPad'`. Names of layers and of classes stay.
 *
 * @param shared The inputs of a call share one object of arguments. It is converted once, and remembered here.
 */
export function toCamelCase(value: Json, key = '', shared = new Map<object, Json>()): Json {
  if (typeof value === 'string') return key === 'name' || key === 'class_name' ? value : camelCase(value);
  if (typeof value !== 'object' || value === null) return value;
  if (key !== 'inbound_nodes') return camelTree(value, key, shared);
  const known = shared.get(value) ?? camelTree(value, key, shared);
  shared.set(value, known);
  return known;
}

function camelTree(value: Json[] | JsonObject, key: string, shared: Map<object, Json>): Json {
  return Array.isArray(value) ? camelArray(value, key, shared) : camelObject(value, shared);
}

function camelArray(values: Json[], key: string, shared: Map<object, Json>): Json[] {
  const [first, ...rest] = values;
  const inner = key === 'name' ? '' : key;
  // The name of a layer comes first in a reference.
  const isReference = references.includes(key) && typeof first === 'string';
  if (!isReference || first === undefined) return values.map((entry) => toCamelCase(entry, inner, shared));
  return [first, ...rest.map((entry) => toCamelCase(entry, inner, shared))];
}

function camelObject(object: JsonObject, shared: Map<object, Json>): JsonObject {
  const entries = Object.entries(object).map(([name, entry]) => [camelCase(name), toCamelCase(entry, name, shared)]);
  return Object.fromEntries(entries) as JsonObject;
}
