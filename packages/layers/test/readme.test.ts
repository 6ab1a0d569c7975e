import '@normkit/backend-wasm';
import '@normkit/training/wasm';
import { readFileSync } from 'node:fs';
import * as layers from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The text under a heading; what comes before the first one has no title. */
function section(title?: string): string {
  const text = title === undefined ? readme : (readme.split(`\n## ${title}\n`)[1] ?? '');
  return text.split('\n## ')[0] ?? '';
}

function exampleOf(title?: string): string {
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(section(title)) ?? [];
  return code;
}

interface Ran {
  readonly values: Readonly<Record<string, unknown>>;
  /** The arguments of each call of console.log. */
  readonly log: readonly unknown[][];
}

/** Runs an example, as a module would, with the values it is given; gives those it names, and what it prints. */
async function run(code: string, names: readonly string[] = [], given: object = {}): Promise<Ran> {
  const body = code
    .replace(/import \* as tf from '@tensorflow\/tfjs';/, '')
    .replace(/import (\{[^}]*\}) from '@normkit\/layers';/, 'const $1 = layers;');
  const scope = { tf, layers, ...given };
  const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
  const example = AsyncFunction(...Object.keys(scope), `${body}; return { ${names.join(', ')} };`);
  const log = vi.spyOn(console, 'log').mockReturnValue();
  try {
    return { values: await example(...Object.values(scope)), log: log.mock.calls.slice() };
  } finally {
    log.mockRestore();
  }
}

beforeAll(() => tf.setBackend('wasm'));

describe('the README', () => {
  it('begins with an example of at most ten lines, which runs', async () => {
    const first = exampleOf();
    expect(first.trim().split('\n').length).toBeLessThanOrEqual(10);
    await run(first);
  });

  it('names every class that can be loaded', () => {
    for (const name of layers.coveredNames) expect(readme).toContain(`\`${name}\``);
  });

  it('loads a model of Keras 3', async () => {
    const { values } = await run(exampleOf('Loading Keras models'), ['untrained', 'model']);
    const { untrained, model } = values as Record<string, tf.LayersModel>;
    expect(untrained?.layers[1]).toBeInstanceOf(layers.LayerNormalization);
    expect([...(model?.getWeights()[1]?.dataSync() ?? [])]).toEqual(new Array(8).fill(1));
  });

  it('trains a recurrent network on sequences of different lengths', async () => {
    const { values, log } = await run(exampleOf('Recurrent networks'), ['model', 'history']);
    const { loss = [] } = values['history'] as Record<string, number[]>;
    expect(loss.at(-1)).toBeLessThan((loss[0] ?? 0) / 2);
    expect(Number(log.at(-1)?.[1])).toBeGreaterThan(0.8);
  });

  it('takes weights from PyTorch and gives them back', async () => {
    const { values } = await run(exampleOf('Weights from PyTorch'), ['stateDict', 'back']);
    const back = Object.entries(values['back'] as Record<string, tf.Tensor>);
    expect(Object.fromEntries(back.map(([name, value]) => [name, [...value.dataSync()]]))).toEqual({
      ...(values['stateDict'] as object),
      'features.1.num_batches_tracked': [0],
    });
  });

  it('shows the table that describeNormalization prints', async () => {
    const { log } = await run(exampleOf('Accelerate and describe'));
    const [[table] = []] = log;
    for (const line of String(table).split('\n')) expect(section('Accelerate and describe')).toContain(`    ${line}\n`);
  });

  it('recomputes and folds', async () => {
    const { values, log } = await run(exampleOf('Batch-norm tools'), ['list', 'folded']);
    expect(log.at(-1)).toEqual(['norm (1 of 1): 32 samples']);
    expect(values['list']).toEqual([{ batchNorm: 'norm', into: 'conv' }]);
    expect((values['folded'] as tf.LayersModel).layers).toHaveLength(2);
  });

  it('has a tutorial that runs', async () => {
    const split = () => ({ images: tf.randomUniform([20, 28, 28]), labels: tf.range(0, 20).mod(10) });
    const { log } = await run(exampleOf('The tutorial'), [], { train: split(), test: split() });
    expect(log.map(([name, count]) => [name, count])).toEqual([
      ['group', 20],
      ['instance', 20],
      ['layer', 20],
    ]);
  });
});
