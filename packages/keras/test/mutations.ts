/** A damage to bytes: some are replaced, or all from a place on are gone. */
export type Mutation = { readonly at: number; readonly bytes: readonly number[] } | { readonly end: number };

export function mutated(bytes: Uint8Array, mutations: readonly Mutation[]): Uint8Array {
  let copy = bytes.slice();
  for (const mutation of mutations) {
    if ('end' in mutation) copy = copy.slice(0, mutation.end);
    else copy.set(mutation.bytes.slice(0, Math.max(0, copy.length - mutation.at)), Math.min(mutation.at, copy.length));
  }
  return copy;
}

/** A few damages, drawn at random. Most are where something stands: formats are full of zeros. */
export function drawMutations(bytes: Uint8Array, random: () => number): Mutation[] {
  const below = (limit: number) => Math.floor(random() * limit);
  const drawPlace = (): number => {
    for (let i = 0; i < 20; i++) {
      const at = below(bytes.length);
      if (bytes[at] !== 0) return at;
    }
    return below(bytes.length);
  };
  return Array.from({ length: 1 + below(3) }, () => {
    const at = drawPlace();
    const kind = random();
    if (kind < 0.1) return { end: below(bytes.length) };
    if (kind < 0.45) return { at, bytes: [(bytes[at] ?? 0) ^ (1 << below(8))] };
    if (kind < 0.6) {
      const from = below(bytes.length);
      return { at, bytes: [...bytes.subarray(from, from + 1 + below(40))] };
    }
    const width = [1, 2, 4, 8][below(4)] ?? 1;
    return { at: at - (at % width), bytes: numberBytes(drawNumber(bytes.length, at, below), width) };
  });
}

/** Numbers at which readers fail: ends of ranges, the file's length, places in it. */
function drawNumber(length: number, at: number, below: (limit: number) => number): bigint {
  const numbers = [0, 1, 2, 127, 128, 255, 65_535, 2 ** 31, 2 ** 32 - 1, 2 ** 53, length, length - 8, at, at - 8];
  const number = numbers[below(numbers.length + 4)];
  if (number === undefined) return below(2) === 0 ? 2n ** 64n - 1n : BigInt(below(length));
  return BigInt(Math.max(0, number));
}

function numberBytes(value: bigint, width: number): number[] {
  return Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}
