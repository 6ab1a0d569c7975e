import type { Tensor, TensorLike } from '@tensorflow/tfjs-core';
import * as tf from '@tensorflow/tfjs-core';
import { checkMask, checkOptions, checkParameter, checkTensor } from '../arguments.ts';
import { asFloat, normalize, type Operands } from '../normalize.ts';
import {
  type AffineOptions,
  type Norm,
  type NormDefinition,
  normOf,
  optionNames,
  type ParameterName,
  type SharedOptions,
} from './definition.ts';

/** A norm as a function of tensors, with its definition. */
export interface NormOp<Options> {
  <T extends Tensor>(x: T | TensorLike, options?: Options): T;
  readonly definition: NormDefinition;
}

type CallOptions = AffineOptions & SharedOptions;

/** The options of a norm's op: its own, the parameters that it takes, and what every norm takes. */
export type NormOptions<Own extends object, Parameter extends ParameterName = ParameterName> = Own &
  Pick<AffineOptions, Parameter> &
  SharedOptions;

/**
 * The op of a definition: differentiable, on any backend, fused where the backend has kernels.
 *
 * @example export const sampleNorm = defineNorm({ name: 'sampleNorm', … });
 */
export function defineNorm<Own extends object, Parameter extends ParameterName = ParameterName>(
  definition: NormDefinition<Own, Parameter>,
): NormOp<NormOptions<Own, Parameter>> {
  const known = optionNames(definition);
  type Options = NormOptions<Own, Parameter>;
  const op = <T extends Tensor>(x: T | TensorLike, options: Options = {} as Options): T =>
    tf.tidy(definition.name, () => {
      const { norm, operands } = checkCall(definition, x, options, known);
      return normalize(norm, operands) as T;
    });
  return Object.assign(op, { definition });
}

/** Every argument as it will be used: this is the only place that looks at what a caller passed. */
export function checkCall(
  definition: NormDefinition,
  x: unknown,
  options: CallOptions,
  known: readonly string[],
  op = definition.name,
): { norm: Norm; operands: Operands } {
  checkOptions(op, options, known);
  const input = checkTensor(op, 'x', x);
  const norm = normOf(definition, input.shape, { ...options }, op);
  const { gamma, beta, mask } = options;
  const parameter = (name: 'gamma' | 'beta', value: unknown) =>
    value === undefined ? undefined : checkParameter(op, name, value, norm.parameterShape, input.shape);
  const [checkedGamma, checkedBeta] = [parameter('gamma', gamma), parameter('beta', beta)];
  const weights = mask === undefined ? undefined : checkMask(op, mask, input.shape);
  return {
    norm,
    operands: { x: asFloat(input), gamma: asFloat(checkedGamma), beta: asFloat(checkedBeta), mask: asFloat(weights) },
  };
}
