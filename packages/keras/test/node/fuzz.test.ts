import { KerasFileError, openKerasFile } from '@normkit/keras';
import { describe, expect, it } from 'vitest';
import { effortOf } from '../effort.ts';
import found from '../fixtures/found.json' with { type: 'json' };
import { archive, config, datasetsOf, fixture } from '../fixtures.ts';
import { drawMutations, type Mutation, mutated } from '../mutations.ts';
import { writeZip } from '../zip-writer.ts';

const members = {
  'metadata.json': '{"keras_version": "3.10.0"}',
  'config.json': JSON.stringify({ ...config, compile_config: { x: [Number.MAX_VALUE, null, true, 'é"\\'] } }),
  'model.weights.h5': fixture('objects.weights.h5'),
};

/** What is damaged: each container and each form that is read. */
const whole: Record<string, Uint8Array> = {
  stored: archive(),
  deflated: writeZip(members, { deflate: true }),
  wide: writeZip(members, { deflate: true, zip64: true, descriptors: true }),
  legacy: fixture('legacy.h5'),
  objects: fixture('objects.weights.h5'),
  windows: fixture('windows.weights.h5'),
  split: fixture('legacy-split.weights.h5'),
  dtypes: fixture('dtypes.weights.h5'),
  chunks: fixture('chunks.weights.h5'),
  latest: fixture('latest.weights.h5'),
  behind: fixture('user-block.weights.h5'),
  json: new TextEncoder().encode(members['config.json']),
};

/** Opens a file and reads all of it. Says what happened; whatever is no error of the file is the test's. */
async function openAll(bytes: Uint8Array): Promise<string> {
  try {
    const file = await openKerasFile(bytes);
    if (file.kind === 'config') return 'opened';
    let outcome = 'opened';
    for (const { dtype, read } of datasetsOf(file.weights.root)) {
      await read().catch((error: unknown) => {
        if (!(error instanceof KerasFileError)) throw error;
        if (dtype !== 'other') outcome = error.problem;
      });
    }
    return outcome;
  } catch (error) {
    if (!(error instanceof KerasFileError)) throw error;
    expect(error.message.length).toBeLessThan(2500);
    return error.problem;
  }
}

/** Requires a damaged file to open or to be refused, at a cost that grows as its length does. */
async function check(name: string, mutations: readonly Mutation[]): Promise<string> {
  const bytes = mutated(whole[name] ?? new Uint8Array(0), mutations);
  let outcome = '';
  const { reads, allocated } = await effortOf(async () => {
    outcome = await openAll(bytes);
  });
  expect(reads).toBeLessThanOrEqual(2 * bytes.length + 40_000);
  // Deflate unfolds to at most 1032 times as much: what is larger is refused by its stated size.
  expect(allocated).toBeLessThanOrEqual(2 * 1032 * bytes.length);
  return outcome;
}

describe('damaged files open or are refused', () => {
  it.each(Object.keys(whole))('%s, undamaged, opens', async (name) => {
    expect(await check(name, [])).toBe('opened');
  });

  it.each(Object.keys(whole))('%s, damaged in 60 ways', async (name) => {
    const outcomes = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const mutations = drawMutations(whole[name] ?? new Uint8Array(0), Math.random);
      const outcome = await check(name, mutations).catch((error: unknown) => {
        throw new Error(`${name} ${JSON.stringify(mutations)}`, { cause: error });
      });
      outcomes.add(outcome);
    }
    // Damage that nothing notices would show that nothing was damaged.
    expect(outcomes.size).toBeGreaterThan(1);
  });

  it.each(found.map(({ name, mutations, why }) => [why, name, mutations] as const))(
    '%s, in %s of all damages so far',
    async (_, name, mutations) => {
      await check(name, mutations as Mutation[]);
    },
  );
});
