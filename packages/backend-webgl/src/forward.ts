import { type ForwardCall, type ForwardResult, segmentCount } from '@normkit/core';
import { normalizeDraw } from './apply.ts';
import type { WebGLBackend } from './backend.ts';
import { draw } from './drawing.ts';
import { baseOf, type Draw, matrixFormat, reductionOfView, texelsOfRow, type Work } from './draws.ts';
import { partialsOfMoments } from './programs/moments.ts';
import { ROWS } from './programs/stats-rows.ts';

export function forward(backend: WebGLBackend, { plan, x, gamma, beta }: ForwardCall): ForwardResult {
  return draw(backend, plan, { x, gamma, beta }, forwardDraws);
}

/** The statistics, from the moments of parts where segments are long; and y. */
export function forwardDraws(work: Work): Draw<'y' | 'stats'>[] {
  const { plan, formats } = work;
  const { cells, uniforms, merges, partCount } = reductionOfView(work, 'stats');
  const key = { ...baseOf(work), x: formats.x, pattern: cells.pattern, useMean: plan.useMean };
  const { texels } = partialsOfMoments(key);
  const moments: Draw<never> = {
    key: { kind: 'moments', ...key },
    uniforms,
    output: { name: 'partials', format: 'packed', texels: texels * partCount },
  };
  const segments = segmentCount(plan.stats);
  const statistics: Draw<'stats'> = {
    key: { kind: 'statistics', ...key, merges, halves: work.halves },
    uniforms,
    output: {
      name: 'stats',
      format: 'packed',
      texels: (ROWS / 2) * texelsOfRow('packed', segments),
      shape: [ROWS, segments],
    },
  };
  return [...(merges ? [moments] : []), statistics, normalizeDraw(work, matrixFormat('packed', segments), false)];
}
