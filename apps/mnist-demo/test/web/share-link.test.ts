import { expect, it } from 'vitest';
import { PAGE_DEFAULTS } from '../../src/web/settings/page-settings.ts';
import { fromHash, toHash } from '../../src/web/settings/share-link.ts';

it('the share link carries every setting and the language', () => {
  const settings = {
    norms: ['rms', 'none'],
    backend: 'cpu',
    optimizer: 'momentum',
    batchSize: 7,
    learningRate: 0.003,
    epochs: 2,
    samples: 1234,
    seed: 99,
  } as const;
  const hash = toHash(settings, 'ja');
  expect(hash).toBe(
    '#norms=rms,none&backend=cpu&optimizer=momentum&lang=ja&batchSize=7&learningRate=0.003&epochs=2&samples=1234&seed=99',
  );
  expect(fromHash(hash)).toEqual({ settings, language: 'ja' });
});

it('a link that names an optimizer and no learning rate has that which suits the optimizer', () => {
  expect(fromHash('#optimizer=sgd').settings).toEqual({ ...PAGE_DEFAULTS, optimizer: 'sgd', learningRate: 0.01 });
});

it.each([
  '',
  '#',
  '#norms=&lang=fr&batchSize=0&seed=-1&optimizer=adams',
  '#norms=grup&batchSize=2.5&learningRate=NaN&epochs=1e9&samples=',
  '#batchSize=Infinity&learningRate=0&seed=0x&%%%',
])('what a link %s says wrongly is as by default', (hash) => {
  expect(fromHash(hash)).toEqual({ settings: PAGE_DEFAULTS });
});
