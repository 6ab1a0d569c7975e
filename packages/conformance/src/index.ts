/**
 * What every backend of normkit is held to: agreement with the definition, the properties that no backend may lose, and
 * the vectors and assertions of other projects. `@normkit/conformance/random` has the properties over random shapes.
 */
export {
  coreLayouts,
  type DistributionName,
  type Layout,
  type NormCase,
  normCase,
  normCases,
  type Precision,
  valuesOf,
} from './cases.ts';
export { applyNorm, checkNormCase, parameterShape, parameterTensors } from './check.ts';
export { firstDifference, tolerances, ulps } from './compare.ts';
export { describeFarNumbers } from './far-numbers.ts';
export { faults } from './faults.ts';
export type { TestedNorm, Tuple } from './norms/definition.ts';
export { askOracle, type OracleAnswer, type OracleQuestion } from './oracle.ts';
export { type Arithmetic, plainKernels, right } from './plain-kernels.ts';
export { describeNormKernels, type KernelsUnderTest, type TestRunner } from './suite.ts';
export { addTestedNorm, testedNorm, testedNorms } from './tested-norms.ts';
export type { VectorData } from './vectors/data.ts';
export { describeProperties } from './vectors/properties.ts';
export { describeVectors } from './vectors/suite.ts';
