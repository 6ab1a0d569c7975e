import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { english } from '../../src/web/language/english.ts';
import { japanese } from '../../src/web/language/japanese.ts';

const html = readFileSync(new URL('../../src/web/index.html', import.meta.url), 'utf8');
const texts = english as unknown as Record<string, unknown>;

it('what index.html says before it is spoken to is what the English dictionary says', () => {
  const said = [...html.matchAll(/data-text="(\w+)"[^>]*>([^<]*)</g)].map(([, name = '', text]) => [name, text]);
  expect(said.length).toBeGreaterThan(40);
  for (const [name = '', text] of said) expect(text, name).toBe(texts[name]);
  const labels = [...html.matchAll(/data-label="(\w+)" aria-label="([^"]*)"/g)];
  expect(labels).toHaveLength(html.match(/data-label=/g)?.length ?? 0);
  for (const [, name = '', text] of labels) expect(text, name).toBe(texts[name]);
});

it('the Japanese dictionary is Japanese', () => {
  const same = Object.entries(japanese).filter(([name, text]) => typeof text === 'string' && text === texts[name]);
  expect(same.map(([name]) => name)).toEqual(['rms']);
});
