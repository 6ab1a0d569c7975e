import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type KerasFile, KerasFileError, openKerasFile, type WeightDataset, type WeightGroup } from '@normkit/keras';
import { expect } from 'vitest';
import { writeZip } from './zip-writer.ts';

export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
}

/** Bytes of a file that `fixtures/make.py` made, in memory of their own. */
export function fixture(name: string): Uint8Array {
  return new Uint8Array(readFileSync(fixturePath(name)));
}

export const config = { class_name: 'Sequential', config: { name: 'sequential', layers: [] } };

/** The bytes of a `.keras` file, with whatever members are given beside or in place of the usual ones. */
export function archive(members: Record<string, Uint8Array | string> = {}): Uint8Array {
  return writeZip({
    'metadata.json': JSON.stringify({ keras_version: '3.10.0', date_saved: '2026-11-29@04:00:00' }),
    'config.json': JSON.stringify({ ...config, compile_config: { optimizer: 'adam' } }),
    'model.weights.h5': fixture('objects.weights.h5'),
    ...members,
  });
}

/** The tree of a file that has weights. */
export function rootOf(file: KerasFile): WeightGroup {
  if (file.kind === 'config') throw new Error('a config has no weights');
  return file.weights.root;
}

export function datasetsOf(group: WeightGroup): WeightDataset[] {
  return [...group.datasets.values(), ...[...group.groups.values()].flatMap(datasetsOf)];
}

export function datasetAt(file: KerasFile, path: string): WeightDataset {
  const found = datasetsOf(rootOf(file)).find((dataset) => dataset.path === path);
  if (found === undefined) throw new Error(`no dataset ${path}`);
  return found;
}

/** The values of array `k` of a fixture, as make.py draws them. */
export function values(k: number, length: number): number[] {
  return Array.from({ length }, (_, i) => Math.fround((i + k) / 7));
}

/** Requires a source to be refused, and gives the error. */
export async function refusal(source: Parameters<typeof openKerasFile>[0], options = {}): Promise<KerasFileError> {
  const error = await openKerasFile(source, options).then(
    () => new Error('it opened'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(KerasFileError);
  return error as KerasFileError;
}
