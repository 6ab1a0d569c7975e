import { NormkitError } from '@normkit/core';
import { shortText, valueText } from '@normkit/core/checks';

/** What `JSON.parse` gives. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

export interface JsonObject {
  [key: string]: Json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** A config that cannot be converted as it stands: `where` is the layer or the part of the file, as its reader knows it. */
export function configError(where: string, message: string): NormkitError {
  return new NormkitError('convertKerasConfig', 'config', `${where}: ${message}`);
}

/** `layer 'dense_1'`, as messages say where a fault is. */
export function layerText(name: string): string {
  return `layer '${shortText(name)}'`;
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
