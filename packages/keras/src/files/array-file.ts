import type { AttributeValue, Dtype, Values } from './keras-file.ts';

/**
 * A file of arrays in groups, as a tree is made of it. HDF5 stands behind it; whatever answers the three questions can.
 * `Place` is the implementation's own word for a group or dataset.
 */
export interface ArrayFile<Place> {
  readonly root: Place;
  /** What is in a group; undefined for a dataset. Names are as the file has them. */
  list(place: Place): readonly Child<Place>[] | undefined;
  attributes(place: Place): ReadonlyMap<string, AttributeValue>;
  /** Everything that can be wrong with a dataset is found here, but for compressed data. */
  dataset(place: Place): ArrayFacts;
}

export interface Child<Place> {
  readonly name: string;
  readonly place: Place;
}

export interface ArrayFacts {
  readonly shape: readonly number[];
  readonly dtype: Dtype;
  /** Bytes of the file that belong to it. */
  readonly stored: number;
  /** The most bytes that `read` allocates or shows at once. */
  readonly unfolded: number;
  read(): Promise<Values>;
}
