import { type ForwardCall, type ForwardResult, segmentCount } from '@normkit/core';
import { affineOf, partitionOf, planUniforms, statsDomain } from './domain.ts';
import { rowsFit } from './partition.ts';
import { record, type WebGPUBackend, withScratch } from './recording.ts';
import { forwardShader, momentsShader, normalizeShader } from './shaders/forward.ts';
import { tuningOf } from './tuning.ts';

/** Rows of the statistics: mean, variance, low part of the mean, √(variance + epsilon). */
export const ROWS = 4;

/** One dispatch where each workgroup has whole segments; statistics of parts first, otherwise. */
export function forward(backend: WebGPUBackend, { plan, x, gamma, beta }: ForwardCall): ForwardResult {
  const tuning = tuningOf(backend.device);
  const { useMean } = plan;
  const domain = statsDomain(plan);
  const isWhole = !domain.byColumns && rowsFit(domain.view, tuning);
  const partition = partitionOf(domain, gamma || beta ? [plan.affine] : [], tuning, !isWhole);
  const affine = affineOf(plan, domain, partition, gamma !== undefined, beta !== undefined);
  const [y, stats] = [
    backend.makeTensorInfo([...x.shape], 'float32'),
    backend.makeTensorInfo([ROWS, segmentCount(plan.stats)], 'float32'),
  ];
  const tensors = { x, gamma, beta, y, stats };
  const uniforms = planUniforms(plan);
  const flags = { useMean, ...affine };
  if (isWhole) {
    const shader = () => forwardShader(partition, useMean, affine);
    record(backend, { name: 'forward', partition, flags, shader, tensors, uniforms });
    return { y, stats };
  }
  const sums = partitionOf(domain, [], tuning);
  const { cells, splits: partialsPerCell } = sums;
  withScratch(backend, 4 * cells * partialsPerCell, (partials) => {
    record(backend, {
      name: 'moments',
      partition: sums,
      flags: { useMean },
      shader: () => momentsShader(sums, useMean),
      tensors: { x, partials },
      uniforms: { ...uniforms, cells },
    });
    record(backend, {
      name: 'normalize',
      partition,
      flags,
      shader: () => normalizeShader(partition, useMean, affine),
      tensors: { ...tensors, partials },
      uniforms: { ...uniforms, cells, cellsPerSegment: domain.perSegment, partialsPerCell },
    });
  });
  return { y, stats };
}
