import type { ApplyCall, Plan } from '@normkit/core';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { type Commands, dispatchOf, type GivenAffine } from './commands.ts';
import { affineOf, partitionOf, planUniforms, statsDomain } from './domain.ts';
import { record, type WebGPUBackend } from './recording.ts';
import { type Tuning, tuningOf } from './tuning.ts';

export function apply(backend: WebGPUBackend, { plan, x, stats, gamma, beta }: ApplyCall): TensorInfo {
  const commands = applyCommands(
    plan,
    { gamma: gamma !== undefined, beta: beta !== undefined },
    tuningOf(backend.device),
  );
  return record(backend, commands, { x, stats, gamma, beta }).y;
}

/** One dispatch: the statistics are there. */
export function applyCommands(plan: Plan, given: GivenAffine, tuning: Tuning): Commands<'y'> {
  const domain = statsDomain(plan);
  const partition = partitionOf(domain, given.gamma || given.beta ? [plan.affine] : [], tuning);
  const affine = affineOf(plan, domain, partition, given);
  const uniforms = { ...planUniforms(plan), ...partition.uniforms };
  return {
    outputs: { y: 'as x' },
    scratch: {},
    dispatches: [dispatchOf('apply', { layout: partition.layout, affine }, uniforms, partition.groups)],
  };
}
