/** Test vectors and assertions of other projects, for any backend. The data are read by `@normkit/vectors/load`. */
export type { VectorData } from './data.ts';
export { describeProperties } from './properties.ts';
export { describeVectors } from './suite.ts';
