/** A shape; `null` is an extent that a model leaves open, such as its batch. */
export type OpenShape = readonly (number | null)[];

/** `[2,3,4]`, as shapes are written in messages; `[null,3,4]` where the batch is open. */
export function shapeText(shape: OpenShape): string {
  const shown = shape.slice(0, ENTRIES).map(String).join(',');
  return shape.length > ENTRIES ? `[${shown},…] (${shape.length} extents)` : `[${shown}]`;
}

/** A short rendering of anything that a caller or a file may have passed, of whatever size. */
export function valueText(value: unknown): string {
  const text = textOf(value, 0);
  return text.length > MOST ? `${text.slice(0, MOST)}…` : text;
}

/** What a message shows: letters in all and of one string, entries of an array and of one within it, and levels. */
const [MOST, LETTERS, ENTRIES, INNER_ENTRIES, LEVELS] = [1000, 200, 32, 8, 4];

function textOf(value: unknown, level: number): string {
  if (typeof value === 'string') {
    return value.length > LETTERS ? `'${value.slice(0, LETTERS)}…' (${value.length} characters)` : `'${value}'`;
  }
  if (Array.isArray(value)) {
    if (level === LEVELS) return '[…]';
    const most = level === 0 ? ENTRIES : INNER_ENTRIES;
    const entries = value.slice(0, most).map((entry) => textOf(entry, level + 1));
    return value.length > most ? `[${entries},…] (${value.length} entries)` : `[${entries}]`;
  }
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return 'a function';
  if (value instanceof Set) return `Set(${value.size})`;
  if (isSymbolic(value)) return 'SymbolicTensor';
  if (typeof value !== 'object' || value === null) return String(value);
  // An object of a file may have a constructor of its own.
  return (Object.getPrototypeOf(value) as object | null)?.constructor?.name ?? 'Object';
}

/** Whether a value describes a tensor of a model: by its field, for a minified class has another name. */
export function isSymbolic(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'sourceLayer' in value;
}

/** A name as messages show it: of one that is longer than 80 characters the beginning and the end. */
export function shortText(name: string): string {
  return name.length > 80 ? `${name.slice(0, 60)}…${name.slice(-12)}` : name;
}

/** `1, 2 or 3`. */
export function listText(items: readonly (number | string)[], word: 'and' | 'or' = 'or'): string {
  const head = items.slice(0, -1).join(', ');
  return head === '' ? String(items.at(-1) ?? '') : `${head} ${word} ${items.at(-1)}`;
}
