import { NormkitError } from '@normkit/core';
import { valueText } from '@normkit/core/checks';
import { isObject, type Json, type JsonObject } from '../model-json/json.ts';

/** A config that cannot be converted as it stands: `where` is the layer or the part of the file, as its reader knows it. */
export function configError(where: string, message: string): NormkitError {
  return new NormkitError('convertKerasConfig', 'config', `${where}: ${message}`);
}

export function expectObject(value: Json | undefined, where: string): JsonObject {
  if (isObject(value)) return value;
  throw configError(where, `expected an object. Got ${valueText(value)}.`);
}

export function expectArray(value: Json | undefined, where: string): Json[] {
  if (Array.isArray(value)) return value;
  throw configError(where, `expected an array. Got ${valueText(value)}.`);
}

export function expectText(value: Json | undefined, where: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw configError(where, `expected a name. Got ${valueText(value)}.`);
}
