import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definitions } from '@normkit/core';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Where a norm's name may stand in a source file. */
const homes = [
  // Its definition, and the list of them.
  /^packages\/core\/src\/norms\//,
  // Its definition by index tuples, its relations to others, and what other projects' tests say of it.
  /^packages\/conformance\/src\/(norms|vectors)\//,
  // The layers that compute it, and the tool that folds one of them.
  /^packages\/layers\/src\/([\w-]+-normalization|recurrent\/[\w-]+-cell|fold\/fold-batch-norm)\.ts$/,
  // The rows of the bench, and what others call the norms: PyTorch, ONNX and the layers of TensorFlow.js.
  /^apps\/(bench\/src\/(shapes|peers\/[\w-]+)|shelf\/src\/stock-layers)\.ts$/,
];

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return ['node_modules', 'dist', 'test', 'data'].includes(entry.name) ? [] : sources(path);
    return /\.(ts|mts|mjs|js)$/.test(entry.name) && !/\.generated\.|\.d\.ts$/.test(entry.name) ? [path] : [];
  });
}

/** The code of a file: comments may show an example. */
function codeOf(path: string): string {
  return readFileSync(join(root, path), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
}

it('a norm is named in its definition, its conformance file, its layer and translators of foreign names alone', () => {
  const name = new RegExp(`\\b(${definitions.map(({ name }) => name).join('|')})\\b`);
  const files = ['packages', 'apps', 'examples'].flatMap(sources);
  expect(files.length).toBeGreaterThan(300);
  const named = files.filter((path) => name.test(codeOf(path)));
  expect(named.filter((path) => !homes.some((home) => home.test(path)))).toEqual([]);
  // A home that holds no name any more is not one.
  expect(homes.filter((home) => !named.some((path) => home.test(path)))).toEqual([]);
});

it('every definition in the folder of the norms is one of the list, under a name of its own', () => {
  const written = sources('packages/core/src/norms').flatMap((path) =>
    [...codeOf(path).matchAll(/^\s+name: '(\w+)',/gm)].map(([, name]) => name),
  );
  expect(written.length).toBeGreaterThan(4);
  expect(definitions.map(({ name }) => name).sort()).toEqual(written.sort());
});
