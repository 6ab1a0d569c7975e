/** Normalization for TensorFlow.js: differentiable ops, fused where a backend package has registered its kernels. */
export { NormkitError } from './errors.ts';
export {
  definitions,
  type ExplainOptions,
  explain,
  explainNorm,
  factLines,
  type NormFacts,
  type NormKind,
  type NormLike,
} from './explain.ts';
export {
  type ApplyCall,
  type BackwardCall,
  type BackwardResult,
  type Extra,
  type ForwardCall,
  type ForwardResult,
  type Gap,
  kernelNames,
  type NormCall,
  type NormKernels,
  type NormTraits,
  type Precision,
  precisions,
  statsRows,
} from './kernels.ts';
export { defineNorm, type NormOp, type NormOptions } from './norms/define-norm.ts';
export type {
  AffineOptions,
  GroupingOptions,
  NormAxes,
  NormDefinition,
  Settings,
  SharedOptions,
} from './norms/definition.ts';
export * from './norms/index.ts';
export type { Plan, PlanAxis } from './plan.ts';
export { registerNormKernels } from './register.ts';
export { normTraits } from './traits.ts';
export { segmentCount, segmentOf, segmentSize, type View, type ViewAxis, viewOf } from './view.ts';
export { type Walk, walkOf } from './walk.ts';
