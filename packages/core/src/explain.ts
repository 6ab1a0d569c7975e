import { checkOptions, checkShape, listText, shapeText, valueText } from './arguments.ts';
import { NormkitError } from './errors.ts';
import {
  type GroupingOptions,
  type NormAxes,
  type NormDefinition,
  normOf,
  optionNames,
  type ParameterName,
  type SharedOptions,
} from './norms/definition.ts';
import * as norms from './norms/index.ts';
import { type Plan, planOf } from './plan.ts';

type Norms = typeof norms;

/** The norms of this package, by the names of their functions. */
export type NormKind = {
  [Name in keyof Norms]: Norms[Name] extends { readonly definition: NormDefinition } ? Name : never;
}[keyof Norms];

/** A norm by name, or any op that was made by `defineNorm`. */
export type NormLike = NormKind | { readonly definition: NormDefinition };

/** Options of a norm that decide which elements share statistics. The others may be there, and change nothing. */
export type ExplainOptions = GroupingOptions & Pick<SharedOptions, 'epsilon'>;

/** The definitions of the norms of this package, in the order of their names. */
export const definitions: readonly NormDefinition[] = Object.values(norms).flatMap((norm) =>
  'definition' in norm ? [norm.definition] : [],
);

/** What a norm does to an input of one shape. */
export interface NormFacts {
  /** The norm's name. */
  readonly norm: string;
  readonly shape: readonly number[];
  /** Axes that are reduced whole, sorted. */
  readonly reducedAxes: readonly number[];
  /** The axis whose channels are divided among `groups`, of `size` channels each, where there is one. */
  readonly channels: NormAxes['channels'];
  /** Whether mean and variance are computed, or the mean square alone. */
  readonly useMean: boolean;
  /** How many statistics there are, and of how many elements each is. */
  readonly statistics: number;
  readonly elements: number;
  readonly parameters: readonly ParameterName[];
  /** The shape of each of them. */
  readonly parameterShape: readonly number[];
  /** What kernels get to know of it. */
  readonly plan: Plan;
  /** What is hardly meant: a statistic of one element. */
  readonly warning: string | undefined;
}

/**
 * What a norm does to an input of this shape, as data: which axes are reduced, how many elements share a statistic, the
 * shape of gamma and beta.
 *
 * @example explainNorm('groupNorm', [8, 14, 14, 30], { groups: 5 }).elements // 1176
 * @throws NormkitError as the norm itself would.
 */
export function explainNorm(norm: NormLike, shape: readonly number[], options: ExplainOptions = {}): NormFacts {
  return factsOf(definitionOf('explainNorm', norm), shape, options);
}

function factsOf(definition: NormDefinition, shape: readonly number[], options: ExplainOptions): NormFacts {
  const { name, parameters } = definition;
  checkOptions(name, options, optionNames(definition));
  const found = normOf(definition, checkShape(name, shape), { ...options });
  const { axes, channels, reducedAxes, parameterShape, useMean } = found;
  const product = (own: boolean) =>
    axes.reduce((count, axis) => (axis.ownStats === own ? count * axis.size : count), 1);
  const elements = product(false);
  return {
    norm: name,
    shape,
    reducedAxes,
    channels,
    useMean,
    statistics: product(true),
    elements,
    parameters,
    parameterShape,
    plan: planOf(found),
    warning: elements === 1 ? `a statistic of one element: ${alone(useMean)}` : undefined,
  };
}

/**
 * Says in a few lines what a norm does to an input of this shape: the facts of {@link explainNorm}.
 *
 * @example explain('groupNorm', [8, 14, 14, 30], { groups: 5 })
 * @throws NormkitError as the norm itself would.
 */
export function explain(norm: NormLike, shape: readonly number[], options: ExplainOptions = {}): string {
  const facts = factsOf(definitionOf('explain', norm), shape, options);
  const warning = facts.warning === undefined ? [] : [`warning   ${facts.warning}`];
  const lines = [...factLines(facts), ...warning].map((line) => `  ${line}`);
  return [`${facts.norm} of ${shapeText(shape)}`, ...lines].join('\n');
}

/** The facts as {@link explain} prints them, one line each, without the warning. */
export function factLines(facts: NormFacts): string[] {
  const { statistics, elements, useMean, parameters, parameterShape } = facts;
  const statistic = useMean ? 'mean and variance' : 'mean square';
  return [
    `reduces   ${reduced(facts)}`,
    `statistic ${statistics} × (${statistic}), each over ${elements} ${elements === 1 ? 'element' : 'elements'}`,
    `shape     ${parameters.join(' and ')}: ${shapeText(parameterShape)}`,
  ];
}

function definitionOf(op: string, norm: NormLike): NormDefinition {
  const found = typeof norm === 'string' ? definitions.find(({ name }) => name === norm) : norm?.definition;
  if (found) return found;
  const names = definitions.map(({ name }) => name);
  throw new NormkitError(op, 'norm', `there is no norm ${valueText(norm)}; use ${listText(names)}.`);
}

function reduced({ shape, reducedAxes, channels }: NormFacts): string {
  const axes = reducedAxes.map((axis) => `${axis} (${shape[axis]})`).join(', ');
  const whole = reducedAxes.length > 0 ? `${reducedAxes.length === 1 ? 'axis' : 'axes'} ${axes}` : 'nothing';
  if (!channels) return whole;
  const { axis, groups, size } = channels;
  if (size === 1) return `${whole}, for each channel of axis ${axis} (${shape[axis]})`;
  const consecutive = `the ${size} channels of each of ${groups} ${groups === 1 ? 'group' : 'groups'} of axis ${axis} (${shape[axis]})`;
  return reducedAxes.length > 0 ? `${whole} and ${consecutive}` : consecutive;
}

function alone(useMean: boolean): string {
  return useMean
    ? 'x − mean is 0 and the output is beta, whatever x is.'
    : 'the output is gamma times the sign of x, nearly, whatever its size.';
}
