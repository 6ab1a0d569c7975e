import { readFileSync } from 'node:fs';
import { openKerasFile } from '@normkit/keras';
import { expect, it, vi } from 'vitest';
import { archive, values } from '../fixtures.ts';

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');

it('the example of the README prints what it says', async () => {
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
  const body = code.replace(/import .*;/, '');
  const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
  const log = vi.spyOn(console, 'log').mockReturnValue();
  try {
    await AsyncFunction('openKerasFile', 'source', body)(openKerasFile, archive());
    expect(log.mock.calls).toEqual([
      ['keras', '3.10.0'],
      ['Sequential'],
      ['layers/dense/vars/0', 'float32', [3, 2]],
      [Float32Array.from(values(0, 6))],
    ]);
  } finally {
    log.mockRestore();
  }
});
