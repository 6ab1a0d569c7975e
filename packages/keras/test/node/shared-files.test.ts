import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openKerasFile, type WeightGroup } from '@normkit/keras';
import { describe, expect, it } from 'vitest';
import { openHdf5 } from '../../src/files/hdf5/hdf5.ts';
import { datasetsOf, refusal, rootOf } from '../fixtures.ts';

/** Files that others published. Most have no licence: they lie beside the project, and are in no commit. */
const folder = fileURLToPath(new URL('../../../../../shared/models/keras', import.meta.url));
const isHere = existsSync(folder);
const names = isHere ? readdirSync(folder) : [];
const models = names.filter((name) => /\.(keras|h5|hdf5)$/.test(name));

/** What h5py found in a file: path, dtype, shape, sum and first values of each dataset, and attributes with names. */
interface Expected {
  readonly datasets: readonly (readonly [string, string, readonly number[], number, readonly number[]])[];
  readonly names: { readonly [pathAndName: string]: string | readonly string[] };
}

describe.skipIf(!isHere)('files of Keras 2.0 to 3.15 (the folder beside the project)', () => {
  it.each(models)('every dataset of %s reads as h5py reads it', async (name) => {
    const text = readFileSync(join(folder, name.replace(/\.\w+$/, '.weights.json')), 'utf8');
    const expected = JSON.parse(text) as Expected;
    const file = await openKerasFile(join(folder, name));
    const root = rootOf(file);
    const found = new Map(datasetsOf(root).map((dataset) => [dataset.path, dataset]));
    expect([...found.keys()].sort()).toEqual(expected.datasets.map(([path]) => path.replaceAll('\\', '/')).sort());
    for (const [path, dtype, shape, sum, first] of expected.datasets) {
      const dataset = found.get(path.replaceAll('\\', '/'));
      expect(dataset).toMatchObject({ dtype, shape });
      const values = Array.from((await dataset?.read()) ?? [], Number);
      const total = values.reduce((a, b) => a + b, 0);
      // Sums in float64 have nine digits there, in another order of adding; values eight.
      const size = values.reduce((a, b) => a + Math.abs(b), 1);
      expect(Math.abs(total - sum)).toBeLessThanOrEqual(1e-8 * Math.abs(sum) + 1e-12 * size);
      for (const [i, value] of first.entries()) {
        expect(Math.abs((values[i] ?? Number.NaN) - value)).toBeLessThanOrEqual(1e-7 * Math.abs(value));
      }
    }
    for (const [place, value] of Object.entries(expected.names)) {
      const [path = '', attribute = ''] = place.split('@');
      if (path.startsWith('optimizer')) continue;
      expect(groupAt(root, path.replaceAll('\\', '/'))?.attributes.get(attribute)).toEqual(value);
    }
  });

  it.each(models)('%s says what it is', async (name) => {
    const file = await openKerasFile(join(folder, name));
    const isBare = name.includes('weights');
    const isZip = name.endsWith('.keras') && !name.startsWith('h5-named');
    expect(file.kind).toBe(isBare ? 'weights' : isZip ? 'keras' : 'h5');
    const version = /-k?(\d+\.\d+)(\.\d+-tf)?\.\w+$/.exec(name)?.[1] ?? '';
    if (name !== 'bare-weights-k3.h5') expect(file.kerasVersion).toContain(version);
    if (file.kind === 'config' || file.kind === 'weights') return;
    expect(file.config).toMatchObject({ class_name: expect.any(String), config: expect.anything() });
  });
});

describe.skipIf(!isHere)('features of HDF5 one by one (the folder beside the project)', () => {
  const features = isHere ? readdirSync(join(folder, 'features')).filter((name) => name.endsWith('.h5')) : [];
  const unsupported = /dense|latest-(gzip|one|resizable)|lzf|-groups-(latest|tracked)|softlink/;

  it.each(features)('%s is read to what is no file of Keras, or refused for its feature', async (name) => {
    const path = join(folder, 'features', name);
    const isNamed = /^(fixed-attr|vlen-attr|split-attrs|many-groups)\.h5/.test(name);
    if (isNamed) expect((await openKerasFile(path)).kind).toBe('weights');
    else if (name.startsWith('attr-')) expect((await refusal(path)).message).toContain("a group 'model_weights'");
    else expect((await refusal(path)).problem).toBe(unsupported.test(name) ? 'unsupported' : 'not-keras');
  });

  const arrays =
    /^(bigendian|fill|fletcher32|float(16|64)|gzip(-shuffle)?|latest(-single-chunk)?|plain|userblock|v108)\.h5/;

  it.each(features.filter((name) => arrays.test(name)))('the array of %s has its values', async (name) => {
    const bytes = new Uint8Array(readFileSync(join(folder, 'features', name)));
    const file = openHdf5(name === 'userblock.h5' ? bytes.subarray(512) : bytes);
    const [child] = file.list(file.root) ?? [];
    const { shape, read } = file.dataset(child?.place ?? 0);
    expect(shape).toEqual([20, 30]);
    // Of float16 three digits.
    const digits = name === 'float16.h5' ? 3e-2 : 0;
    for (const [i, value] of (await read()).entries()) {
      expect(Math.abs(Number(value) - Math.fround(i / 7))).toBeLessThanOrEqual(digits);
    }
  });
});

function groupAt(root: WeightGroup, path: string): WeightGroup | undefined {
  if (path === root.path) return root;
  return [...root.groups.values()].reduce<WeightGroup | undefined>(
    (found, group) => found ?? groupAt(group, path),
    undefined,
  );
}
