import type { Tensor, TensorLike } from '@tensorflow/tfjs-core';
import { checkEpsilon, shapeText } from '../arguments.ts';
import { NormkitError } from '../errors.ts';
import type { Plan, PlanAxis } from '../plan.ts';

/** What a norm multiplies the normalized values by, and what it adds. */
export interface AffineOptions {
  /** Multiplies the normalized values: the shape of the axis (or axes, sorted). Default: none. */
  readonly gamma?: Tensor | TensorLike | undefined;
  /** Is added after gamma; same shape. Default: none. */
  readonly beta?: Tensor | TensorLike | undefined;
}

/** What every norm takes beside its own options. */
export interface SharedOptions {
  /** Is added to the variance, inside the root. */
  readonly epsilon?: number | undefined;
  /**
   * Boolean or fractional weights that broadcast to x. They enter the statistics only: each element counts as often
   * as its weight says, and every element is normalized. Where all weights are 0 the result is beta.
   */
  readonly mask?: Tensor | TensorLike | undefined;
}

export type ParameterName = keyof AffineOptions;

/** Options of a norm that decide which elements share statistics. */
export interface GroupingOptions {
  readonly axis?: number | readonly number[] | undefined;
  readonly groups?: number | undefined;
}

/** Options as a norm has them in the end: none is left out. */
export type Settings<Own> = { readonly [Name in keyof Own]-?: Exclude<Own[Name], undefined> };

/** What a definition says of a shape: the axes in memory order, and the facts that follow from them. */
export interface NormAxes {
  readonly axes: readonly PlanAxis[];
  /** The shape of gamma and beta. */
  readonly parameterShape: readonly number[];
  /** Axes of the input over which the statistics are reduced whole, sorted: what `explain` says. */
  readonly reducedAxes: readonly number[];
  /**
   * The axis whose channels are divided among `groups`, of `size` channels each, if there is one: `axes` has two entries
   * for it, the groups and the channels of a group.
   */
  readonly channels?: { readonly axis: number; readonly groups: number; readonly size: number };
}

/**
 * A norm as data. Its op, the checks of its options, `explain` and the conformance suite are made from it.
 *
 * @example see norms/layer-norm.ts, or examples/own-norm for one that is not of this package.
 */
export interface NormDefinition<Own extends object = object, Parameter extends ParameterName = ParameterName> {
  /** The op's name, for messages and `explain`. */
  readonly name: string;
  /** The options that are this norm's own, with their defaults. */
  readonly options: Readonly<Own>;
  /** The default of `epsilon`. */
  readonly epsilon: number;
  /** The parameters that it takes, in their order. */
  readonly parameters: readonly Parameter[];
  /** False where the mean counts as 0, as in root mean square norms. */
  readonly useMean: boolean;
  /** Where it comes from: paper, and the reference implementation. */
  readonly reference: string;
  /**
   * Which axes of an input have statistics of their own, and which have gamma and beta of their own.
   *
   * @param op the name of the function that was called, for messages.
   * @throws NormkitError where the options do not fit the shape.
   */
  axesOf(op: string, shape: readonly number[], options: Settings<Own>): NormAxes;
}

/** A norm of one shape, checked: what is planned, and what messages and layers want to know of it. */
export interface Norm extends NormAxes, Pick<Plan, 'useMean' | 'epsilon'> {
  /** The name of the function that was called. */
  readonly op: string;
  readonly shape: readonly number[];
}

/**
 * What a norm does to an input of this shape. Options that are left out are the definition's; others that are there are
 * not looked at.
 *
 * @throws NormkitError as the norm itself would.
 */
export function normOf(
  definition: NormDefinition,
  shape: readonly number[],
  given: Readonly<Record<string, unknown>> & Pick<SharedOptions, 'epsilon'> = {},
  op = definition.name,
): Norm {
  const own = Object.entries(definition.options).map(([name, value]) => [
    name,
    given[name] === undefined ? value : given[name],
  ]);
  const axes = definition.axesOf(op, shape, Object.fromEntries(own));
  checkAxesOf(definition, shape, axes);
  const epsilon = checkEpsilon(op, given.epsilon === undefined ? definition.epsilon : given.epsilon);
  return { op, shape, ...axes, useMean: definition.useMean, epsilon };
}

/** A definition that contradicts itself would have kernels read and write past the end of their tensors. */
function checkAxesOf({ name }: NormDefinition, shape: readonly number[], found: NormAxes): void {
  const { axes, parameterShape, channels } = found;
  const product = (sizes: readonly number[]) => sizes.reduce((count, size) => count * size, 1);
  const wrong = (what: string, got: number, expected: number) =>
    new NormkitError(
      name,
      'definition',
      `axesOf must give ${what} of ${expected} elements for shape ${shapeText(shape)}. Got ${got}; mend the definition of ${name}.`,
    );
  let [size, own] = [1, 1];
  for (const axis of axes) {
    size *= axis.size;
    if (axis.ownAffine) own *= axis.size;
  }
  if (size !== product(shape)) throw wrong('axes', size, product(shape));
  if (product(parameterShape) !== own) {
    throw wrong('a parameterShape, which the axes with ownAffine have,', product(parameterShape), own);
  }
  if (axes.length === shape.length + (channels ? 1 : 0)) return;
  throw new NormkitError(
    name,
    'definition',
    `axesOf must give one axis for each of shape ${shapeText(shape)}, or two for the axis that \`channels\` names. Got ${axes.length}; mend the definition of ${name}.`,
  );
}

/** The names of a norm's options. */
export function optionNames({ options, parameters }: NormDefinition): string[] {
  return [...Object.keys(options), ...parameters, 'epsilon', 'mask'];
}
