import { readFileSync } from 'node:fs';
import * as layers from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';

beforeAll(() => tf.setBackend('cpu'));

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

function section(title: string): string {
  const [, text = ''] = readme.split(`\n## ${title}\n`);
  return text.split('\n## ')[0] ?? '';
}

/** Runs the example of a section, and gives the values it names. */
async function run(title: string, names: readonly string[]): Promise<Record<string, unknown>> {
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(section(title)) ?? [];
  const body = code
    .replace(/import \* as tf from '@tensorflow\/tfjs';/, '')
    .replace(/import (\{[^}]*\}) from '@normkit\/layers';/, 'const $1 = layers;');
  const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
  return AsyncFunction('tf', 'layers', `${body}; return { ${names.join(', ')} };`)(tf, layers) as never;
}

describe('the README, of tools for models', () => {
  it('loads a model of Keras 3', async () => {
    const { untrained, model } = (await run('Loading Keras models', ['untrained', 'model'])) as Record<
      string,
      tf.LayersModel
    >;
    expect(untrained?.layers[1]).toBeInstanceOf(layers.LayerNormalization);
    expect([...(model?.getWeights()[1]?.dataSync() ?? [])]).toEqual(new Array(8).fill(1));
  });

  it('takes weights from PyTorch and gives them back', async () => {
    const { stateDict, back } = await run('Weights from PyTorch', ['stateDict', 'back']);
    const values = Object.entries(back as Record<string, tf.Tensor>).map(([name, value]) => [
      name,
      [...value.dataSync()],
    ]);
    expect(Object.fromEntries(values)).toEqual({ ...(stateDict as object), 'features.1.num_batches_tracked': [0] });
  });

  it('shows the table that describeNormalization prints', async () => {
    const log = vi.spyOn(console, 'log').mockReturnValue();
    await run('Accelerate and describe', []);
    const [[printed]] = log.mock.calls as [[string]];
    log.mockRestore();
    for (const line of printed.split('\n')) expect(section('Accelerate and describe')).toContain(`    ${line}\n`);
  });

  it('recomputes and folds', async () => {
    const log = vi.spyOn(console, 'log').mockReturnValue();
    const { list, folded } = await run('Batch-norm tools', ['list', 'folded']);
    expect(log.mock.calls.at(-1)).toEqual(['norm (1 of 1): 32 samples']);
    log.mockRestore();
    expect(list).toEqual([{ batchNorm: 'norm', into: 'conv' }]);
    expect((folded as tf.LayersModel).layers).toHaveLength(2);
  });
});
