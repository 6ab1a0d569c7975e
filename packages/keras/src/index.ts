/** Opens files that Keras saved, without Python. */
export type {
  AttributeValue,
  Dtype,
  Json,
  JsonObject,
  KerasConfigFile,
  KerasFile,
  KerasModelFile,
  KerasWeights,
  KerasWeightsFile,
  Values,
  WeightDataset,
  WeightGroup,
} from './files/keras-file.ts';
export { KerasFileError, type KerasFileProblem } from './files/keras-file-error.ts';
export { openKerasFile } from './files/open-keras-file.ts';
export type { FetchProgress, KerasSource, OpenOptions } from './files/source.ts';
