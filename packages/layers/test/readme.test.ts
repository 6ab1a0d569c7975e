import '@normkit/backend-wasm';
import '@normkit/backend-wasm/training';
import { readFileSync } from 'node:fs';
import * as layers from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it, vi } from 'vitest';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const examples = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code = '']) => code);

/** Runs code of the README with these packages and values, as a module would. */
async function run(code: string, values: object = {}): Promise<unknown> {
  const packages: Record<string, string> = { '@tensorflow/tfjs': 'tf', '@normkit/layers': 'layers' };
  const body = code
    .replace(/import \* as tf from '@tensorflow\/tfjs';/, '')
    .replace(/import (\{[^}]*\}) from '([^']*)';/g, (_, names, from) => `const ${names} = ${packages[from]};`);
  const scope = { tf, layers, ...values };
  const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
  return AsyncFunction(...Object.keys(scope), body)(...Object.values(scope));
}

describe('the README', () => {
  it('begins with an example of at most ten lines, which runs', async () => {
    await tf.setBackend('wasm');
    const [first = ''] = examples;
    expect(first.trim().split('\n').length).toBeLessThanOrEqual(10);
    await run(first);
  });

  it('has a tutorial that runs', async () => {
    await tf.setBackend('wasm');
    const log = vi.spyOn(console, 'log').mockReturnValue();
    const split = () => ({ images: tf.randomUniform([20, 28, 28]), labels: tf.range(0, 20).mod(10) });
    await run(examples.at(-1) ?? '', { train: split(), test: split() });
    const lines = log.mock.calls.map(([name, count]) => [name, count]);
    log.mockRestore();
    expect(lines).toEqual([
      ['group', 20],
      ['instance', 20],
      ['layer', 20],
    ]);
  });

  it('names every class that can be loaded', () => {
    for (const name of layers.coveredNames) expect(readme).toContain(`\`${name}\``);
  });
});
