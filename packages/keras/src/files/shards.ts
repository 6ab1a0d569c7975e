import { valueText } from '@normkit/core/errors';
import type { Hdf5Part } from './hdf5-source.ts';
import { isJsonObject } from './json-text.ts';
import type { JsonObject } from './keras-file.ts';
import { KerasFileError } from './keras-file-error.ts';

/** Whether JSON is the index of weights that Keras 3 split into files (`max_shard_size`). */
export function isShardIndex(json: JsonObject): boolean {
  return isJsonObject(json['weight_map']);
}

/** The shards that an index names, each once. A group can be split over several. */
export async function* readShards(
  indexName: string,
  index: JsonObject,
  read: (name: string) => Promise<Uint8Array>,
): AsyncGenerator<Hdf5Part> {
  const map = index['weight_map'];
  if (!isJsonObject(map)) {
    throw new KerasFileError('damaged', indexName, `expected an object weight_map. Got ${valueText(map)}.`);
  }
  const names = new Set(Object.values(map).flat());
  for (const name of names) {
    // A name that leaves the folder would have this page fetch what the file's author likes.
    if (typeof name !== 'string' || !/^[\w-][\w .-]*$/.test(name)) {
      const detail = `expected names of files beside the index. Got ${valueText(name)}.`;
      throw new KerasFileError('damaged', indexName, detail);
    }
    yield { name, bytes: await read(name) };
  }
}
