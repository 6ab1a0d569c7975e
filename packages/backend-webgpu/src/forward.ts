import { type ForwardCall, type ForwardResult, segmentCount } from '@normkit/core';
import { record, type WebGPUBackend, withScratch } from './recording.ts';
import { forwardShader, momentsShader, normalizeShader } from './shaders/forward.ts';
import { rowsFit } from './tiling.ts';
import { tuningOf } from './tuning.ts';
import { callOf, parametersOf, tile, walkStats } from './walk.ts';

/** Rows of the statistics: mean, variance, low part of the mean, √(variance + epsilon). */
export const ROWS = 4;

/** One dispatch where each workgroup has whole segments; statistics of parts first, otherwise. */
export function forward(backend: WebGPUBackend, { plan, x, gamma, beta }: ForwardCall): ForwardResult {
  const tuning = tuningOf(backend.device);
  const { useMean } = plan;
  const walk = walkStats(plan);
  const isWhole = !walk.byColumns && rowsFit(walk.view, tuning);
  const tiling = tile(walk, gamma || beta ? [plan.affine] : [], tuning, !isWhole);
  const parameters = parametersOf(plan, walk, tiling, gamma !== undefined, beta !== undefined);
  const [y, stats] = [
    backend.makeTensorInfo([...x.shape], 'float32'),
    backend.makeTensorInfo([ROWS, segmentCount(plan.stats)], 'float32'),
  ];
  const tensors = { x, gamma, beta, y, stats };
  const call = callOf(plan);
  const flags = { useMean, ...parameters };
  if (isWhole) {
    const shader = () => forwardShader(tiling, useMean, parameters);
    record(backend, { name: 'forward', tiling, flags, shader, tensors, call });
    return { y, stats };
  }
  const sums = tile(walk, [], tuning);
  const { cells, splits: parts } = sums;
  withScratch(backend, 4 * cells * parts, (partials) => {
    record(backend, {
      name: 'moments',
      tiling: sums,
      flags: { useMean },
      shader: () => momentsShader(sums, useMean),
      tensors: { x, partials },
      call: { ...call, cells },
    });
    record(backend, {
      name: 'normalize',
      tiling,
      flags,
      shader: () => normalizeShader(tiling, useMean, parameters),
      tensors: { ...tensors, partials },
      call: { ...call, cells, cellsPerSegment: walk.perSegment, parts },
    });
  });
  return { y, stats };
}
