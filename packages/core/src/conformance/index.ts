/** The suite that every backend runs: agreement with the definition, and the properties that no backend may lose. */
export { coreLayouts, type Layout, type NormCase, normCases, type Precision, valuesOf } from './cases.ts';
export { checkNormCase } from './check.ts';
export { firstDifference, tolerances, ulps } from './compare.ts';
export { askOracle, type OracleAnswer, type OracleQuestion } from './oracle.ts';
export { describeNormKernels, type KernelsUnderTest, type TestRunner } from './suite.ts';
