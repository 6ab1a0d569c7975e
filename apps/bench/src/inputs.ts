import { noise } from '@normkit/shelf/noise';
import { definitionOf } from '@normkit/shelf/norm-ops';
import { channelsOf, type Shape, sizeOf } from './shapes.ts';

/** What every contender is given. */
export interface Inputs {
  readonly x: Float32Array;
  readonly gamma: Float32Array;
  /** Of a norm that takes it. */
  readonly beta: Float32Array | undefined;
}

export function inputsOf(shape: Shape): Inputs {
  const channels = channelsOf(shape);
  return {
    x: noise(sizeOf(shape)),
    gamma: noise(channels, 1),
    beta: definitionOf(shape.norm).parameters.includes('beta') ? noise(channels, 0.5) : undefined,
  };
}

/** The gradient by y that the backward pass starts from. */
export function dyOf(shape: Shape): Float32Array {
  return noise(sizeOf(shape), 0.1);
}
