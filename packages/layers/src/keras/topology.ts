import { shortText, valueText } from '@normkit/core/checks';
import { isObject, type Json, type JsonObject } from '../model-json/json.ts';
import { configError } from './expect.ts';
import { plainJson } from './plain-json.ts';

/** The part of a file that describes the model, wherever it stands, and the version of Keras if the file says it. */
export function readTopology(json: unknown): { topology: JsonObject; version: Json } {
  let value = parse(json);
  let version: Json = null;
  for (const key of ['modelTopology', 'model_config']) {
    if (!isObject(value)) break;
    version = value['keras_version'] ?? version;
    value = parse(value[key] ?? value);
  }
  const topology = plainJson(value);
  if (isObject(topology) && 'class_name' in topology && 'config' in topology) {
    return { topology, version: topology['keras_version'] ?? version };
  }
  throw configError(
    'the file',
    `expected class_name and config, as model.to_json() writes them. Got ${contents(topology)}.`,
  );
}

function parse(value: unknown): Json {
  if (typeof value !== 'string') return (value ?? null) as Json;
  try {
    return JSON.parse(value) as Json;
  } catch (error) {
    throw configError('the file', `is not JSON: ${(error as Error).message}`);
  }
}

function contents(value: Json): string {
  if (!isObject(value)) return valueText(value);
  const keys = Object.keys(value).map((key) => shortText(key));
  return `an object with ${keys.slice(0, 8).join(', ') || 'nothing'}${keys.length > 8 ? ` and ${keys.length - 8} more` : ''}`;
}
