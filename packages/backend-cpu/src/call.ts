import type { ApplyCall, ForwardCall, Plan, Walk } from '@normkit/core';
import { walkOf } from '@normkit/core';
import { type CpuBackend, floats, parameter } from './buffers.ts';
import { loadTile } from './rows.ts';

/** The buffers of a forward or apply call. */
export interface Call {
  readonly plan: Plan;
  readonly walk: Walk;
  /** Begins as a copy of x, and is normalized in place: one array for the loops to look up instead of two. */
  readonly y: Float32Array;
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
}

export function openCall(backend: CpuBackend, { plan, x, gamma, beta }: ForwardCall | ApplyCall): Call {
  const walk = walkOf(plan);
  const scale = parameter(backend, gamma, walk.parameters, 1);
  const shift = parameter(backend, beta, walk.parameters, 0);
  loadTile(-1, 0, scale, shift);
  return {
    plan,
    walk,
    y: new Float32Array(floats(backend, x)),
    gamma: scale,
    beta: shift,
  };
}

/** The first element of a segment that is walked by runs. */
export function startOf({ rows, segmentsPerBlock, run }: Walk, segment: number): number {
  const block = (segment / segmentsPerBlock) | 0;
  return ((block * rows * segmentsPerBlock + (segment % segmentsPerBlock)) * run) | 0;
}
