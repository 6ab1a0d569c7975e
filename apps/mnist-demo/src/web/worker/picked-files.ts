import { DataError } from '../../data/data-error.ts';
import { readMnist } from '../../data/mnist.ts';
import type { IdxSource } from '../../data/read-idx.ts';
import type { DigitSet } from '../../tutorial/digits.ts';

/**
 * MNIST from files that somebody picked, told apart by their names.
 *
 * @throws DataError that names what is missing or wrong.
 */
export function digitsFromFiles(files: readonly IdxSource[]): Promise<DigitSet> {
  return readMnist('MNIST', (name) => {
    const wanted = stem(name);
    const file = files.find((picked) => stem(picked.name) === wanted);
    if (!file) throw new DataError(`Pick all four files of MNIST: ${wanted} (or ${wanted}.gz) is missing.`);
    return file;
  });
}

/** Some copies write train-images.idx3-ubyte. */
function stem(name: string): string {
  return name.replace(/\.gz$/, '').replaceAll('.', '-');
}
