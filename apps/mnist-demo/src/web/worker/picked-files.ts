import { DataError } from '../../data/data-error.ts';
import { type IdxFile, MNIST_FILES, type MnistPart, mnistOf } from '../../data/mnist.ts';
import type { DigitSet } from '../../tutorial/digits.ts';
import type { PickedFile } from '../service.ts';

/**
 * MNIST from files that somebody picked, told apart by their names.
 *
 * @throws DataError that names what is missing or wrong.
 */
export async function digitsFromFiles(files: readonly PickedFile[]): Promise<DigitSet> {
  const parts = Object.entries(MNIST_FILES) as [MnistPart, { name: string }][];
  const found = await Promise.all(
    parts.map(async ([part, { name }]): Promise<[MnistPart, IdxFile]> => {
      const wanted = stem(name);
      const file = files.find((picked) => stem(picked.name) === wanted);
      if (!file) throw new DataError(`Pick all four files of MNIST: ${wanted} (or ${wanted}.gz) is missing.`);
      return [part, { name: file.name, bytes: await unzipped(file) }];
    }),
  );
  return mnistOf('MNIST', Object.fromEntries(found) as Record<MnistPart, IdxFile>);
}

/** Some copies write train-images.idx3-ubyte. */
function stem(name: string): string {
  return name.replace(/\.gz$/, '').replaceAll('.', '-');
}

async function unzipped({ name, bytes }: PickedFile): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream('gzip'));
  try {
    return new Uint8Array(await new Response(stream).arrayBuffer());
  } catch {
    throw new DataError(`${name}: expected a gzip file, but it cannot be unpacked; it may be cut short.`);
  }
}
