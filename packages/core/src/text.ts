/** A shape; `null` is an extent that a model leaves open, such as its batch. */
export type OpenShape = readonly (number | null)[];

/** `[2,3,4]`, as shapes are written in messages; `[null,3,4]` where the batch is open. */
export function shapeText(shape: OpenShape): string {
  return `[${shape.map(String).join(',')}]`;
}

/** A short rendering of anything that a caller or a file may have passed, of whatever size. */
export function valueText(value: unknown): string {
  return textOf(value, 0);
}

/** What a message shows of a string, and how many entries and levels of an array. */
const [LETTERS, ENTRIES, LEVELS] = [200, 32, 4];

function textOf(value: unknown, level: number): string {
  if (typeof value === 'string') {
    return value.length > LETTERS ? `'${value.slice(0, LETTERS)}…' (${value.length} characters)` : `'${value}'`;
  }
  if (Array.isArray(value)) {
    if (level === LEVELS) return '[…]';
    const entries = value.slice(0, ENTRIES).map((entry) => textOf(entry, level + 1));
    return value.length > ENTRIES ? `[${entries},…] (${value.length} entries)` : `[${entries}]`;
  }
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Set) return `Set(${value.size})`;
  if (isSymbolic(value)) return 'SymbolicTensor';
  return typeof value === 'object' && value !== null ? (value.constructor?.name ?? 'Object') : String(value);
}

/** Whether a value describes a tensor of a model: by its field, for a minified class has another name. */
export function isSymbolic(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'sourceLayer' in value;
}

/** `1, 2 or 3`. */
export function listText(items: readonly (number | string)[]): string {
  const head = items.slice(0, -1).join(', ');
  return head === '' ? String(items.at(-1) ?? '') : `${head} or ${items.at(-1)}`;
}
