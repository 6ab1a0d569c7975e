import { type BackwardCall, type BackwardResult, segmentCount, segmentSize } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { cutRows, type WebGLBackend } from './backend.ts';
import { draw } from './drawing.ts';
import {
  type Draw,
  matrixFormat,
  normalizedKey,
  outputAsX,
  planUniforms,
  reductionOfView,
  texelsOfRow,
  type Work,
} from './draws.ts';
import { type PartialSumsKey, partialsOfSums } from './programs/sums.ts';

export function backward(
  backend: WebGLBackend,
  { plan, dy, x, stats, gamma, frozenStats }: BackwardCall,
): BackwardResult {
  const { dx, affineSums } = draw(backend, plan, { x, dy, stats, gamma }, (work) => backwardDraws(work, frozenStats));
  const [dbeta, dgamma] = cutRows(backend, affineSums) as [TensorInfo, TensorInfo];
  return { dx, dgamma, dbeta };
}

/** The sums of the gradients of gamma and beta; those of the statistics, where they have other segments; and dx. */
export function backwardDraws(work: Work, frozen: boolean): Draw<'dx' | 'affineSums'>[] {
  const { plan, formats } = work;
  // Sums for gamma and beta may be more than half floats hold; those of the statistics are means.
  const alike = !work.halves && String(plan.stats) === String(plan.affine);
  const normalized = normalizedKey(work, formats.stats ?? 'packed', frozen);
  const dy = formats.dy ?? 'packed';
  const { inPlace } = work;
  const key = { ...normalized, x: formats.x, dy, alike: inPlace.x && inPlace.dy };
  const dx: Draw<'dx'> = {
    key: {
      kind: 'gradient',
      ...normalized,
      x: inPlace.x ? 'in place' : formats.x,
      dy: inPlace.dy ? 'in place' : dy,
      gamma: formats.gamma,
      sums: alike ? 'affineSums' : 'statsSums',
      sumsFormat: matrixFormat(alike ? 'unpacked' : 'packed', segmentCount(plan.stats)),
    },
    uniforms: planUniforms(work),
    output: outputAsX(work.grid, 'dx'),
  };
  const ofStats = frozen || alike ? [] : sumsDraws(work, 'stats', { ...key, gamma: formats.gamma, ofStats: true });
  return [...sumsDraws(work, 'affine', { ...key, gamma: undefined, ofStats: alike }), ...ofStats, dx];
}

/** The sums over the segments of a view, from the sums of parts where segments are long. */
function sumsDraws(
  work: Work,
  view: 'stats' | 'affine',
  partial: Omit<PartialSumsKey, 'pattern'>,
): Draw<'affineSums'>[] {
  const { cells, segments, uniforms, merges, partCount, partTexels } = reductionOfView(work, view);
  const key = { ...partial, pattern: cells.pattern };
  const sumScale = (merges ? partTexels : 1) / (view === 'stats' ? segmentSize(work.plan.stats) : 1);
  const ofParts: Draw<never> = {
    key: { kind: 'partialSums', ...key },
    uniforms,
    output: { name: 'partials', format: 'packed', texels: partialsOfSums(key) * partCount },
  };
  const output =
    view === 'stats'
      ? ({ name: 'statsSums', format: 'packed', texels: texelsOfRow('packed', segments) } as const)
      : ({ name: 'affineSums', format: 'unpacked', texels: 2 * segments } as const);
  const sums: Draw<'affineSums'> = {
    key: { kind: 'sums', ...key, merges, output: output.format },
    uniforms: { ...uniforms, sumScale },
    output: { ...output, shape: [2, segments] },
  };
  return merges ? [ofParts, sums] : [sums];
}
