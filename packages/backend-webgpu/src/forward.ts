import { type ForwardCall, type ForwardResult, type Plan, segmentCount, statsRows } from '@normkit/core';
import { type Commands, dispatchOf, type GivenAffine } from './commands.ts';
import { affineOf, partitionOf, planUniforms, statsDomain } from './domain.ts';
import { rowsFit } from './partition.ts';
import { record, type WebGPUBackend } from './recording.ts';
import { PARTIALS } from './shaders/module.ts';
import { type Tuning, tuningOf } from './tuning.ts';

export function forward(backend: WebGPUBackend, { plan, x, gamma, beta }: ForwardCall): ForwardResult {
  const given = { gamma: gamma !== undefined, beta: beta !== undefined };
  return record(backend, forwardCommands(plan, given, tuningOf(backend.device)), { x, gamma, beta });
}

/** One dispatch where each workgroup has whole segments. Otherwise a first one leaves the moments of each part. */
export function forwardCommands(plan: Plan, given: GivenAffine, tuning: Tuning): Commands<'y' | 'stats'> {
  const { useMean } = plan;
  const domain = statsDomain(plan);
  const isWhole = !domain.byColumns && rowsFit(domain.view, tuning);
  const partition = partitionOf(domain, given.gamma || given.beta ? [plan.affine] : [], tuning, !isWhole);
  const { layout, summing, groups } = partition;
  const affine = affineOf(plan, domain, partition, given);
  const outputs = { y: 'as x', stats: [Object.keys(statsRows).length, segmentCount(plan.stats)] } as const;
  const told = planUniforms(plan);
  const uniforms = { ...told, ...partition.uniforms };
  if (isWhole) {
    const whole = dispatchOf('forward', { layout: summing, useMean, affine }, uniforms, groups);
    return { outputs, scratch: {}, dispatches: [whole] };
  }
  const sums = partitionOf(domain, [], tuning);
  const { cells, splits: partialsPerCell } = sums;
  const { perSegment: cellsPerSegment } = domain;
  return {
    outputs,
    scratch: { partials: PARTIALS.moments.floats * cells * partialsPerCell },
    dispatches: [
      dispatchOf('moments', { layout: sums.summing, useMean }, { ...told, ...sums.uniforms, cells }, sums.groups),
      dispatchOf(
        'normalize',
        { layout, useMean, affine },
        { ...uniforms, cells, cellsPerSegment, partialsPerCell },
        groups,
      ),
    ],
  };
}
