/** Numbers from 0 to 1 by a seed (Mulberry32), so that what a seed found is found again. */
export function randomBy(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Tree = Record<string, unknown> | unknown[];
interface Place {
  readonly parent: Tree;
  readonly key: string;
  readonly value: unknown;
}

const names = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '',
  'in',
  'a/b',
  'Custom>Dense',
  'ä ö',
  'x'.repeat(5000),
];
const words = [
  'Dense',
  'Sequential',
  'Functional',
  'InstanceNormalization',
  'Lambda',
  'relu',
  'Zeros',
  'causal',
  'float16',
  'int32',
  'string',
  'channelsFirst',
  'module',
  'keras_contrib.x',
];
const numbers = [
  0,
  -0,
  1,
  -1,
  2,
  3,
  0.5,
  -3.5,
  1e9,
  2 ** 31,
  2 ** 53,
  1e300,
  -1e300,
  Number.NaN,
  Number.POSITIVE_INFINITY,
];
const others: (() => unknown)[] = [
  () => null,
  () => undefined,
  () => true,
  () => false,
  () => [],
  () => ({}),
  () => [[]],
  () => [null],
  () => ({ class_name: '__tuple__', items: [1, 2] }),
  () => ({ class_name: '__tuple__' }),
  () => ({ class_name: 'Dense', config: { units: 2 } }),
  () => ({ toString: 1, valueOf: 1 }),
  () => ({ constructor: { name: 3 } }),
  () => ({ class_name: '__keras_tensor__', config: { keras_history: ['in', 0, 0] } }),
  () => new Array(300).fill(0),
  () => nested(10_000),
  () => nested(200),
];

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = level % 2 ? [value] : { config: value };
  return value;
}

/** Changes one place of a tree in one of the ways in which files are wrong. */
export function mutate(tree: Tree, random: () => number): string {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const places = placesOf(tree);
  if (places.length === 0) return 'nothing';
  const { parent, key, value } = pick(places);
  const set = (to: unknown) => {
    // `__proto__` as a key of a file is a key like another.
    Object.defineProperty(parent, key, { value: to, enumerable: true, configurable: true, writable: true });
  };
  const ways: Record<string, () => void> = {
    odd: () => set(pick(others)()),
    number: () => set(pick(numbers)),
    word: () => set(pick(words)),
    name: () => set(pick(names)),
    away: () => (Array.isArray(parent) ? parent.splice(Number(key), 1) : delete parent[key]),
    other: () => set(copyOf(pick(places).value)),
    twice: () => (Array.isArray(parent) ? parent.splice(Number(key), 0, copyOf(value)) : set([value, value])),
    turned: () => (Array.isArray(parent) ? parent.reverse() : set([value])),
    spelled: () => {
      if (Array.isArray(parent)) return;
      delete parent[key];
      Object.defineProperty(
        parent,
        key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase()),
        { value, enumerable: true, configurable: true, writable: true },
      );
    },
    renamed: () => {
      if (Array.isArray(parent)) return;
      delete parent[key];
      Object.defineProperty(parent, pick([...names, 'class_name', 'name', 'layers']), {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    },
    near: () => set(typeof value === 'number' ? value + pick([-1, 1]) : typeof value === 'boolean' ? !value : value),
  };
  const way = pick(Object.keys(ways));
  ways[way]?.();
  return `${way} ${key}`;
}

/** What is nested too deeply to be copied stands in two places. */
function copyOf(value: unknown): unknown {
  try {
    return structuredClone(value);
  } catch {
    return value;
  }
}

function placesOf(tree: Tree): Place[] {
  const places: Place[] = [];
  const visit = (parent: Tree, depth: number) => {
    for (const [key, value] of Object.entries(parent)) {
      places.push({ parent, key, value });
      if (typeof value === 'object' && value !== null && depth < 40) visit(value as Tree, depth + 1);
    }
  };
  visit(tree, 0);
  return places;
}
