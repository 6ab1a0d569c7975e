import { NormkitError } from '@normkit/core';
import { valueText } from '@normkit/core/checks';
import type { serialization } from '@tensorflow/tfjs-core';
import type { LayerArgs } from '../abstract-layers/keras-layer.ts';
import { camelCase } from '../arguments/layer-arguments.ts';
import { argumentsOf } from '../arguments/layer-config.ts';
import { weightArguments } from '../weights/weight-arguments.ts';
import type { ActivationLike, ConstraintLike, InitializerLike, RegularizerLike } from '../weights/weight-objects.ts';

/** The arguments that every cell has. */
export interface RecurrentCellArgs extends LayerArgs {
  /** The extent of the output and of each state. */
  readonly units: number;
  /** Default: 'tanh'. null is 'linear'. */
  readonly activation?: ActivationLike | null | undefined;
  /** Default: true. */
  readonly useBias?: boolean | undefined;
  /** Of the weights that multiply the input. Default: 'glorotUniform'. */
  readonly kernelInitializer?: InitializerLike | undefined;
  /** Of the weights that multiply the state. Default: 'orthogonal'. */
  readonly recurrentInitializer?: InitializerLike | undefined;
  /** Default: 'zeros'. */
  readonly biasInitializer?: InitializerLike | undefined;
  readonly kernelRegularizer?: RegularizerLike | null | undefined;
  readonly recurrentRegularizer?: RegularizerLike | null | undefined;
  readonly biasRegularizer?: RegularizerLike | null | undefined;
  readonly kernelConstraint?: ConstraintLike | null | undefined;
  readonly recurrentConstraint?: ConstraintLike | null | undefined;
  readonly biasConstraint?: ConstraintLike | null | undefined;
  /** The fraction of the input's elements that are dropped in training, the same at each step. Default: 0. */
  readonly dropout?: number | undefined;
  /** The fraction of the state's elements that are dropped where it is multiplied, in training. Default: 0. */
  readonly recurrentDropout?: number | undefined;
}

export const recurrentCellArguments = [
  'units',
  'activation',
  'useBias',
  ...weightArguments('kernel', 'recurrent', 'bias'),
  'dropout',
  'recurrentDropout',
];

/**
 * The arguments of a cell, out of its config. An activation that is null is linear; elsewhere null means the default.
 * Keras's `implementation` is a choice of kernels, and changes nothing.
 */
export function cellArgumentsOf(config: serialization.ConfigDict): Record<string, unknown> {
  const { implementation: _, ...args } = argumentsOf(config);
  const linear = Object.entries(config)
    .filter(([key, value]) => value === null && /^(recurrent_?)?activation$/i.test(key))
    .map(([key]) => [camelCase(key), 'linear']);
  return { ...args, ...Object.fromEntries(linear) };
}

export function checkUnits(label: string, units: unknown): number {
  if (typeof units === 'number' && Number.isInteger(units) && units > 0) return units;
  throw new NormkitError(label, 'units', `units must be a positive integer. Got ${valueText(units)}.`);
}

export function checkRate(label: string, argument: string, rate: unknown): number {
  if (typeof rate === 'number' && rate >= 0 && rate < 1) return rate;
  throw new NormkitError(label, argument, `${argument} must be at least 0 and less than 1. Got ${valueText(rate)}.`);
}
