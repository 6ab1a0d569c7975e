/** JSON as a file has it. Numbers may be NaN and infinite: Python writes them. */
export type Json = string | number | boolean | null | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** `.keras`, or a whole model in `.h5`. */
export interface KerasModelFile {
  readonly kind: 'keras' | 'h5';
  readonly kerasVersion: string | undefined;
  /** The model's config, as Keras wrote it: `class_name`, `config`, … */
  readonly config: JsonObject;
  /** How the model was compiled, where the file says so. It can name classes that nobody has. */
  readonly compileConfig: JsonObject | undefined;
  readonly weights: KerasWeights;
}

/** Bare weights: `model.save_weights`. Keras 3 writes no version into them. */
export interface KerasWeightsFile {
  readonly kind: 'weights';
  readonly kerasVersion: string | undefined;
  readonly weights: KerasWeights;
}

/** A config alone: `model.to_json()`, the `config.json` of a `.keras` file, or the `model.json` of TensorFlow.js. */
export interface KerasConfigFile {
  readonly kind: 'config';
  readonly kerasVersion: string | undefined;
  readonly config: JsonObject;
}

export type KerasFile = KerasModelFile | KerasWeightsFile | KerasConfigFile;

export interface KerasWeights {
  /**
   * How the groups are laid out.
   * - `objects` (`.keras`, `.weights.h5` of Keras 3): a group for each object of Python, its arrays in `vars/0`, `vars/1`, …
   * - `layers` (`.h5`): a group for each layer by its name, listed by the attributes `layer_names` and `weight_names`
   */
  readonly layout: 'objects' | 'layers';
  /** The group with `layer_names`, or the root. The optimizer's state is left out. */
  readonly root: WeightGroup;
}

export interface WeightGroup {
  /** From the root of the HDF5 file on, with `/` between names, on Windows too; '' for the root itself. */
  readonly path: string;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  readonly groups: ReadonlyMap<string, WeightGroup>;
  readonly datasets: ReadonlyMap<string, WeightDataset>;
}

export interface WeightDataset {
  readonly path: string;
  readonly attributes: ReadonlyMap<string, AttributeValue>;
  readonly shape: readonly number[];
  /** `other` cannot be read: text, compound and other types that are no weights. */
  readonly dtype: Dtype;
  /**
   * The values, row by row. They may be a view of the file's own bytes: copy them before you write to them. float16 and
   * bfloat16 come as Float32Array, bool as Uint8Array.
   *
   * @throws KerasFileError where compressed data are damaged, or the dtype is `other`.
   */
  read(): Promise<Values>;
}

/** `undefined` is a value of a type that is not read. Integers of 64 bits come as the nearest numbers. */
export type AttributeValue = string | number | readonly string[] | readonly number[] | undefined;

export type Dtype =
  | 'bfloat16'
  | 'bool'
  | 'float16'
  | 'float32'
  | 'float64'
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'uint8'
  | 'uint16'
  | 'uint32'
  | 'uint64'
  | 'other';

export type Values =
  | BigInt64Array
  | BigUint64Array
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array;
