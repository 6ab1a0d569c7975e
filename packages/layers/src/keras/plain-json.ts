import { camelCase } from '../arguments/layer-arguments.ts';
import { isObject, type Json, type JsonObject } from '../model-json/json.ts';
import { configError } from './expect.ts';

/** The deepest file that is read: models within models to eighty levels. Each level takes a part of the stack. */
const deepest = 256;

/**
 * A file's JSON in one form: its keys in snake case, as Keras writes them, whether Keras, TensorFlow.js's code or a
 * person wrote it; Python's tuples and numpy's scalars, which Keras marks, as arrays and numbers.
 *
 * @throws NormkitError where it is nested too deeply to be read.
 */
export function plainJson(value: Json, depth = 0): Json {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (depth === deepest) {
    throw configError('the file', `is nested in more than ${deepest} levels, which is no model's config.`);
  }
  if (Array.isArray(value)) return value.map((entry) => plainJson(entry, depth + 1));
  const entries = Object.entries(value).map(([key, entry]) => [snakeCase(key), plainJson(entry, depth + 1)] as const);
  return unmarked(Object.fromEntries(entries));
}

function unmarked(object: JsonObject): Json {
  const { class_name: className, config } = object;
  if (className === '__tuple__') return object['items'] ?? [];
  if (className === '__numpy__' && isObject(config)) return config['value'] ?? null;
  return object['type'] === 'ndarray' ? (object['value'] ?? null) : object;
}

/**
 * `batch_input_shape` of `batchInputShape`. TensorFlow.js turns keys into camel case: one that would not come back the
 * same stays.
 */
function snakeCase(key: string): string {
  if (!/[a-z][A-Z]/.test(key)) return key;
  const snake = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return camelCase(snake) === camelCase(key) ? snake : key;
}
