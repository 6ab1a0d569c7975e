/** The same values at every call, uniform within 1 of `centre`. */
export function noise(length: number, centre = 0): Float32Array {
  const values = new Float32Array(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    // Park and Miller's minimal standard generator, whose products stay below 2^53.
    state = (state * 48271) % 2147483647;
    values[i] = centre - 1 + state / 1073741823.5;
  }
  return values;
}
