import { valueText } from '@normkit/core/errors';
import { fromConfig } from './config-source.ts';
import { fromHdf5, readTree } from './hdf5-source.ts';
import { decodeText, parseObject } from './json-text.ts';
import { fromArchive } from './keras-archive.ts';
import type { JsonObject, KerasFile } from './keras-file.ts';
import { KerasFileError } from './keras-file-error.ts';
import { recognise } from './recognise.ts';
import { isShardIndex, readShards } from './shards.ts';
import { type KerasSource, type OpenOptions, readSource, type Sourced } from './source.ts';

/** More than a file of Keras that is loaded into a page, and less than what makes a process die at once. */
const MOST_BYTES = 2 ** 32;

/**
 * Opens what Keras saved: `.keras`, `.h5`, bare weights of either, or a config alone. What it is says the file's bytes,
 * not its name. The config is parsed, and all groups and arrays are listed and checked; values are read when they are
 * asked for.
 *
 * @throws KerasFileError for whatever else the source is, and for a file that is cut off, damaged or forged.
 */
export async function openKerasFile(source: KerasSource, options: OpenOptions = {}): Promise<KerasFile> {
  const { maxBytes } = options;
  if (maxBytes !== undefined && !(typeof maxBytes === 'number' && maxBytes > 0)) {
    throw new KerasFileError('source', 'maxBytes', `expected a number of bytes. Got ${valueText(maxBytes)}.`);
  }
  const sourced = await readSource(source, { ...options, maxBytes: maxBytes ?? MOST_BYTES });
  const { bytes } = sourced;
  const { format } = recognise(bytes);
  if (format === 'json') return fromJson(parseObject(decodeText(bytes)), sourced, options);
  if (format === 'hdf5') return fromHdf5(await readTree([{ name: 'the HDF5 file', bytes }], maxBytes));
  const { openZip } = await import('./zip/zip.ts');
  return fromArchive(openZip(bytes, maxBytes), maxBytes);
}

async function fromJson(json: JsonObject, sourced: Sourced, options: OpenOptions): Promise<KerasFile> {
  if (!isShardIndex(json)) return fromConfig(json);
  const beside = options.beside ?? sourced.beside;
  if (beside === undefined) {
    const detail = 'lists weights in files beside it, and bytes have no place. Give its URL or path, or { beside }.';
    throw new KerasFileError('source', 'the index of shards', detail);
  }
  let left = options.maxBytes ?? MOST_BYTES;
  const read = async (name: string) => {
    const { bytes } = await readSource(beside(name), { ...options, maxBytes: left });
    left -= bytes.length;
    return bytes;
  };
  return fromHdf5(await readTree(readShards('the index of shards', json, read), options.maxBytes));
}
