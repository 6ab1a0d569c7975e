import { checkOptions, checkShape, listText, shapeText, valueText } from './arguments.ts';
import { NormkitError } from './errors.ts';
import { planBatchNorm } from './norms/batch.ts';
import { planGroupNorm, planInstanceNorm } from './norms/group.ts';
import { planLayerNorm, planRmsNorm } from './norms/layer.ts';
import type { Norm } from './norms/norm.ts';

/** Options of a norm that decide which elements share statistics. The others may be there, and change nothing. */
export interface ExplainOptions {
  readonly axis?: number | readonly number[] | undefined;
  readonly groups?: number | undefined;
  readonly epsilon?: number | undefined;
}

const planners = {
  groupNorm: planGroupNorm,
  instanceNorm: planInstanceNorm,
  layerNorm: planLayerNorm,
  rmsNorm: planRmsNorm,
  batchNorm: planBatchNorm,
} as const;

/** The norms, by the names of their functions. */
export type NormKind = keyof typeof planners;

/**
 * Says in a few lines what a norm does to an input of this shape: which axes are reduced, how many elements share a
 * statistic, the shape of gamma and beta, and a warning where a statistic has one element.
 *
 * @example explain('groupNorm', [8, 14, 14, 30], { groups: 5 })
 * @throws NormkitError as the norm itself would.
 */
export function explain(kind: NormKind, shape: readonly number[], options: ExplainOptions = {}): string {
  if (!Object.hasOwn(planners, kind)) {
    throw new NormkitError(
      'explain',
      'kind',
      `there is no norm ${valueText(kind)}; use ${listText(Object.keys(planners))}.`,
    );
  }
  checkOptions(kind, options, [
    ...(kind === 'groupNorm' ? ['groups'] : []),
    'axis',
    'epsilon',
    'gamma',
    'beta',
    'mask',
  ]);
  const plan: (shape: readonly number[], options: never) => Norm = planners[kind];
  return describe(plan(checkShape(kind, shape), options as never));
}

function describe(norm: Norm): string {
  const { op, shape, grouping, parameterShape } = norm;
  const product = (own: boolean) =>
    grouping.axes.reduce((count, axis) => (axis.ownStats === own ? count * axis.size : count), 1);
  const [segments, size] = [product(true), product(false)];
  const statistic = grouping.useMean ? 'mean and variance' : 'mean square';
  const parameters = grouping.useMean ? 'gamma and beta' : 'gamma';
  const lines = [
    `${op} of ${shapeText(shape)}`,
    `  reduces   ${reduced(norm)}`,
    `  statistic ${segments} × (${statistic}), each over ${size} ${size === 1 ? 'element' : 'elements'}`,
    `  shape     ${parameters}: ${shapeText(parameterShape)}`,
  ];
  if (size === 1) lines.push(`  warning   a statistic of one element: ${alone(norm)}`);
  return lines.join('\n');
}

function reduced({ shape, reducedAxes, channels }: Norm): string {
  const axes = reducedAxes.map((axis) => `${axis} (${shape[axis]})`).join(', ');
  const whole = reducedAxes.length > 0 ? `${reducedAxes.length === 1 ? 'axis' : 'axes'} ${axes}` : 'nothing';
  if (!channels) return whole;
  const { axis, groups } = channels;
  const size = (shape[axis] ?? 0) / groups;
  if (size === 1) return `${whole}, for each channel of axis ${axis} (${shape[axis]})`;
  const consecutive = `the ${size} channels of each of ${groups} ${groups === 1 ? 'group' : 'groups'} of axis ${axis} (${shape[axis]})`;
  return reducedAxes.length > 0 ? `${whole} and ${consecutive}` : consecutive;
}

function alone({ grouping }: Norm): string {
  return grouping.useMean
    ? 'x − mean is 0 and the output is beta, whatever x is.'
    : 'the output is gamma times the sign of x, nearly, whatever its size.';
}
