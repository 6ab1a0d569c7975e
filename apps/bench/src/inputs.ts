import { channelsOf, type Shape, sizeOf } from './shapes.ts';

/** What every contender is given. */
export interface Inputs {
  readonly x: Float32Array;
  readonly gamma: Float32Array;
  /** Not of an RMS norm. */
  readonly beta: Float32Array | undefined;
}

export function inputsOf(shape: Shape): Inputs {
  const channels = channelsOf(shape);
  return {
    x: noise(sizeOf(shape)),
    gamma: noise(channels, 1),
    beta: shape.kind === 'rms' ? undefined : noise(channels, 0.5),
  };
}

/** The gradient by y that the backward pass starts from. */
export function dyOf(shape: Shape): Float32Array {
  return noise(sizeOf(shape), 0.1);
}

/** The same values at every call, uniform within 1 of `centre`. */
function noise(length: number, centre = 0): Float32Array {
  const values = new Float32Array(length);
  let state = 1;
  for (let i = 0; i < length; i++) {
    // Park and Miller's minimal standard generator, whose products stay below 2^53.
    state = (state * 48271) % 2147483647;
    values[i] = centre - 1 + state / 1073741823.5;
  }
  return values;
}
