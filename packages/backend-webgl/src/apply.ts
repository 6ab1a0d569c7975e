import type { ApplyCall } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { WebGLBackend } from './backend.ts';
import { draw } from './drawing.ts';
import { type Draw, type MatrixFormat, normalizedKey, outputAsX, planUniforms, type Work } from './draws.ts';

export function apply(backend: WebGLBackend, { plan, x, stats, gamma, beta }: ApplyCall): TensorInfo {
  return draw(backend, plan, { x, stats, gamma, beta }, applyDraws).y;
}

/** One draw: the statistics are there. */
export function applyDraws(work: Work): Draw<'y'>[] {
  return [normalizeDraw(work, work.formats.stats ?? 'packed', true)];
}

/** y, from x and its statistics. */
export function normalizeDraw(work: Work, stats: MatrixFormat, frozen: boolean): Draw<'y'> {
  const { gamma, beta } = work.formats;
  return {
    key: {
      kind: 'normalize',
      ...normalizedKey(work, stats, frozen),
      x: work.inPlace.x ? 'in place' : work.formats.x,
      gamma,
      beta,
    },
    uniforms: planUniforms(work),
    output: outputAsX(work.grid, 'y'),
  };
}
