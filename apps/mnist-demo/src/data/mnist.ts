import type { DigitSet, Digits } from '../tutorial/digits.ts';
import { PIXELS } from '../tutorial/picture.ts';
import { DataError } from './data-error.ts';
import { imagesOf, labelsOf } from './idx.ts';

/** One of the four files, as published by LeCun, Cortes and Burges. */
export interface MnistFile {
  readonly name: string;
  /** Of the gzip file. */
  readonly bytes: number;
  readonly sha256: string;
}

export const MNIST_FILES = {
  trainImages: {
    name: 'train-images-idx3-ubyte.gz',
    bytes: 9_912_422,
    sha256: '440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609',
  },
  trainLabels: {
    name: 'train-labels-idx1-ubyte.gz',
    bytes: 28_881,
    sha256: '3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c',
  },
  testImages: {
    name: 't10k-images-idx3-ubyte.gz',
    bytes: 1_648_877,
    sha256: '8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6',
  },
  testLabels: {
    name: 't10k-labels-idx1-ubyte.gz',
    bytes: 4_542,
    sha256: 'f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6',
  },
} as const satisfies Record<string, MnistFile>;

export type MnistPart = keyof typeof MNIST_FILES;

/** What was read of a file: its IDX bytes, and what errors call it. */
export interface IdxFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/**
 * Both splits, from the four files' contents.
 *
 * @throws DataError that names the file which is not what it should be.
 */
export function mnistOf(source: string, files: Readonly<Record<MnistPart, IdxFile>>): DigitSet {
  return {
    source,
    train: splitOf(files.trainImages, files.trainLabels),
    test: splitOf(files.testImages, files.testLabels),
  };
}

function splitOf(images: IdxFile, labels: IdxFile): Digits {
  const split = { images: imagesOf(images.bytes, images.name), labels: labelsOf(labels.bytes, labels.name) };
  const pictures = split.images.length / PIXELS;
  if (pictures === 0) throw new DataError(`${images.name}: expected pictures, found none.`);
  if (pictures !== split.labels.length) {
    throw new DataError(
      `${labels.name}: expected a label for each of the ${pictures} pictures of ${images.name}, found ${split.labels.length}.`,
    );
  }
  return split;
}
