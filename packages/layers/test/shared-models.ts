import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { io } from '@tensorflow/tfjs';

const folder = fileURLToPath(new URL('../../../../shared/models', import.meta.url));

/** Whether the models that others published lie beside the project. */
export const areModelsHere = existsSync(folder);

export function readConfig(name: string): unknown {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'));
}

/** A model.json with the shards of its weights, from a folder beside it. */
export function fromFiles(name: string, weightsFolder: string): io.IOHandler {
  return {
    load: () => {
      const { modelTopology, weightsManifest } = readConfig(name) as io.ModelJSON;
      const shards = weightsManifest.flatMap(({ paths }) =>
        paths.map((path) => readFileSync(join(folder, weightsFolder, path))),
      );
      const weightData = new Uint8Array(Buffer.concat(shards)).buffer;
      return Promise.resolve({
        modelTopology,
        weightSpecs: weightsManifest.flatMap(({ weights }) => weights),
        weightData,
      });
    },
  };
}
