import { type ForwardCall, type ForwardResult, segmentCount, statsRows } from '@normkit/core';
import { normalizeDraw } from './apply.ts';
import type { WebGLBackend } from './backend.ts';
import { draw } from './drawing.ts';
import { baseOf, type Draw, reductionOfView, type Work } from './draws.ts';
import { partialsOfMoments } from './programs/moments.ts';

export function forward(backend: WebGLBackend, { plan, x, gamma, beta }: ForwardCall): ForwardResult {
  return draw(backend, plan, { x, gamma, beta }, forwardDraws);
}

/** The statistics, from the moments of parts where segments are long; and y. */
export function forwardDraws(work: Work): Draw<'y' | 'stats'>[] {
  const { plan, formats } = work;
  const { cells, uniforms, merges, partCount } = reductionOfView(work, 'stats');
  const key = { ...baseOf(work), x: formats.x, cells: cells.pattern, useMean: plan.useMean };
  const { texels } = partialsOfMoments(key, cells.pattern);
  const moments: Draw<never> = {
    key: { kind: 'moments', ...key },
    uniforms,
    output: { name: 'partials', format: 'packed', texels: texels * partCount },
  };
  const rows = Object.keys(statsRows).length;
  const segments = segmentCount(plan.stats);
  const statistics: Draw<'stats'> = {
    key: { kind: 'statistics', ...key, merges, halves: work.halves },
    uniforms,
    output: { name: 'stats', format: 'packed', texels: (rows / 2) * Math.ceil(segments / 2), shape: [rows, segments] },
  };
  return [...(merges ? [moments] : []), statistics, normalizeDraw(work, 'packed', false)];
}
