import type { Values } from './data.ts';

/** Plain-array forms of what a source's convention asks for before or after the op. */

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function filled(shape: readonly number[], value: number): Values {
  return { shape, data: Array.from({ length: sizeOf(shape) }, () => value) };
}

export function reshaped({ data }: Values, shape: readonly number[]): Values {
  return { shape, data };
}

/** Axis i of the result is axis `order[i]` of the values. */
export function transposed({ shape, data }: Values, order: readonly number[]): Values {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const turned = order.map((axis) => shape[axis] ?? 1);
  const result = data.map((_, index) => {
    let [rest, from] = [index, 0];
    for (let axis = turned.length - 1; axis >= 0; axis--) {
      const extent = turned[axis] ?? 1;
      from += (rest % extent) * (strides[order[axis] ?? 0] ?? 0);
      rest = Math.floor(rest / extent);
    }
    return data[from] ?? Number.NaN;
  });
  return { shape: turned, data: result };
}

/** `[first … rank − 1]`, where `first` may count from the back. */
export function axesFrom(first: number, rank: number): number[] {
  const start = first < 0 ? first + rank : first;
  return Array.from({ length: rank - start }, (_, index) => start + index);
}

export function sameShape(one: readonly number[], other: readonly number[]): boolean {
  return one.length === other.length && one.every((extent, axis) => extent === other[axis]);
}
