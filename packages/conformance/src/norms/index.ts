/** The norms that the suite knows. */
export { testedBatchNorm } from './batch-norm.ts';
export { testedGroupNorm } from './group-norm.ts';
export { testedInstanceNorm } from './instance-norm.ts';
export { testedLayerNorm } from './layer-norm.ts';
export { testedRmsNorm } from './rms-norm.ts';
