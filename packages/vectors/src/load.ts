import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { LiteralEntry, OnnxEntry, VectorData, WebnnEntry } from './data.ts';

/** The data beside the project, in `../shared` seen from its root, or `undefined` where there are none. For Node. */
export function loadVectors(): VectorData | undefined {
  const folder = fileURLToPath(new URL('../../../../shared', import.meta.url));
  if (!existsSync(folder)) return undefined;
  const conformance = join(folder, 'conformance');
  return {
    golden: readJson(join(folder, 'golden', 'torch.json')) as VectorData['golden'],
    wptWebnn: readFolder(join(conformance, 'wpt-webnn')).flat() as WebnnEntry[],
    webnnBaseline: readFolder(join(conformance, 'webnn-baseline')).flat() as WebnnEntry[],
    webnnPolyfill: readFolder(join(conformance, 'webnn-polyfill')).flat() as WebnnEntry[],
    onnx: readFolder(join(conformance, 'onnx')) as OnnxEntry[],
    literals: readJson(join(conformance, 'literals', 'literals.json')) as LiteralEntry[],
  };
}

function readFolder(folder: string): unknown[] {
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return files.sort().map((name) => readJson(join(folder, name)));
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'));
}
