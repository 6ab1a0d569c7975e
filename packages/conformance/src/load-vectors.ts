import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LiteralEntry, OnnxEntry, VectorData, WebnnEntry } from './vectors/data.ts';

const own = fileURLToPath(new URL('../data', import.meta.url));

/**
 * The vectors of this package, to be handed to `describeVectors`, and those that cannot be given to everybody where a
 * folder `beside` has them: `golden/torch.json` and `conformance/literals/literals.json`. For Node; the data are plain
 * JSON, so a page can be given them.
 */
export function loadVectors(beside?: string): VectorData {
  const extra = (...path: string[]) => (beside === undefined ? undefined : readIfThere(join(beside, ...path)));
  return {
    golden: extra('golden', 'torch.json') as VectorData['golden'],
    literals: extra('conformance', 'literals', 'literals.json') as readonly LiteralEntry[] | undefined,
    wptWebnn: readJson(join(own, 'wpt-webnn.json')) as readonly WebnnEntry[],
    webnnBaseline: readJson(join(own, 'webnn-baseline.json')) as readonly WebnnEntry[],
    webnnPolyfill: readJson(join(own, 'webnn-polyfill.json')) as readonly WebnnEntry[],
    onnx: readJson(join(own, 'onnx.json')) as readonly OnnxEntry[],
  };
}

function readIfThere(path: string): unknown {
  return existsSync(path) ? readJson(path) : undefined;
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
