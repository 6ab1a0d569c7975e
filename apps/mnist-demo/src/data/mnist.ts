import { CLASSES, PIXELS } from '@normkit/shelf/tutorial/picture';
import type { DigitSet, Digits } from '../tutorial/digits.ts';
import { DataError } from './data-error.ts';
import { type IdxKind, LABELS, PICTURES } from './idx.ts';
import { type IdxFile, type IdxSource, readIdx } from './read-idx.ts';

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

/**
 * Both splits. The files are opened by their published names, one after the other: of several that are missing it is
 * always the same that is named, and two with pictures are never unpacked at once.
 *
 * @throws DataError that names the file which is not what it should be.
 */
export async function readMnist(
  source: string,
  open: (name: string) => IdxSource | Promise<IdxSource>,
): Promise<DigitSet> {
  const read = async ({ name }: MnistFile, kind: IdxKind) => readIdx(await open(name), kind);
  const { trainImages, trainLabels, testImages, testLabels } = MNIST_FILES;
  const train = splitOf(await read(trainImages, PICTURES), await read(trainLabels, LABELS));
  const test = splitOf(await read(testImages, PICTURES), await read(testLabels, LABELS));
  return { source, train, test };
}

function splitOf(images: IdxFile, labels: IdxFile): Digits {
  const wrong = labels.data.findIndex((label) => label >= CLASSES);
  if (wrong >= 0) {
    throw new DataError(`${labels.name}: expected labels from 0 to 9, found ${labels.data[wrong]} at place ${wrong}.`);
  }
  const pictures = images.data.length / PIXELS;
  if (pictures === 0) throw new DataError(`${images.name}: expected pictures, found none.`);
  if (pictures !== labels.data.length) {
    throw new DataError(
      `${labels.name}: expected a label for each of the ${pictures} pictures of ${images.name}, found ${labels.data.length}.`,
    );
  }
  return { images: images.data, labels: labels.data };
}
