import { valueText } from '@normkit/core/errors';
import type { Json, JsonObject } from './keras-file.ts';
import { KerasFileError } from './keras-file-error.ts';

/** The deepest JSON that is read. The deepest real config has 30 levels; whoever walks it needs stack for each. */
const DEEPEST = 256;

/** The object that a text of Python's `json` holds. */
export function parseObject(text: string): JsonObject {
  const value = parseJson(text);
  if (isJsonObject(value)) return value;
  throw new KerasFileError('damaged', 'its JSON', `expected an object. Got ${valueText(value)}.`);
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function decodeText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new KerasFileError('damaged', 'its text', 'expected UTF-8. Got bytes that are no UTF-8.');
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

function parseJson(text: string): Json {
  const { json, hasNaN } = standardJson(text);
  try {
    return hasNaN ? JSON.parse(json, (_, value) => (value === NOT_A_NUMBER ? Number.NaN : value)) : JSON.parse(json);
  } catch (error) {
    const said = valueText((error as Error).message);
    throw new KerasFileError('damaged', 'its JSON', `expected JSON. Got ${valueText(text)}; the parser says ${said}.`);
  }
}

const NOT_A_NUMBER = '\u0000NaN';

/** Python writes `NaN` and `Infinity`, which JSON does not have. Refuses what is nested too deeply for any model. */
function standardJson(text: string): { json: string; hasNaN: boolean } {
  const parts: string[] = [];
  let [depth, copied, hasNaN] = [0, 0, false];
  for (let i = 0; i < text.length; i++) {
    const letter = text[i];
    if (letter === '"') i = stringEnd(text, i);
    else if (letter === '{' || letter === '[') depth++;
    else if (letter === '}' || letter === ']') depth--;
    else if (letter === 'I' && text.startsWith('Infinity', i)) {
      parts.push(text.slice(copied, i), '1e999');
      copied = i + 8;
      i += 7;
    } else if (letter === 'N' && text.startsWith('NaN', i)) {
      parts.push(text.slice(copied, i), JSON.stringify(NOT_A_NUMBER));
      [copied, hasNaN] = [i + 3, true];
      i += 2;
    }
    if (depth > DEEPEST) {
      throw new KerasFileError('damaged', 'its JSON', `is nested in more than ${DEEPEST} levels, as no config is.`);
    }
  }
  parts.push(text.slice(copied));
  return { json: parts.join(''), hasNaN };
}

function stringEnd(text: string, start: number): number {
  let i = start + 1;
  while (i < text.length && text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i;
}
