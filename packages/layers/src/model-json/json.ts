import { shortText } from '@normkit/core/checks';

/** What `JSON.parse` gives. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

export interface JsonObject {
  [key: string]: Json;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** `layer 'dense_1'`, as messages say where a fault is. */
export function layerText(name: string): string {
  return `layer '${shortText(name)}'`;
}
