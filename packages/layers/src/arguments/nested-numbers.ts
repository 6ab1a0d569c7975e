/** Numbers of nested arrays or of a typed array, in their order, and the extent of each depth. */
export interface NestedNumbers {
  readonly values: readonly number[];
  readonly shape: readonly number[];
}

/** Undefined where an entry is not a number, or where two arrays at one depth differ in length. */
export function nestedNumbers(given: unknown): NestedNumbers | undefined {
  const nested = ArrayBuffer.isView(given) ? Array.from(given as Float32Array) : given;
  const shape = shapeOf(nested);
  const values = [nested].flat(Number.POSITIVE_INFINITY);
  const areNumbers = values.every((value): value is number => typeof value === 'number');
  return shape && areNumbers ? { values, shape } : undefined;
}

function shapeOf(value: unknown): number[] | undefined {
  if (!Array.isArray(value)) return [];
  if (value.length === 0) return [0];
  const [first, ...others] = value.map(shapeOf);
  if (!first || others.some((other) => String(other) !== String(first))) return undefined;
  return [value.length, ...first];
}
