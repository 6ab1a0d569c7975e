import { expect, it } from 'vitest';
import type { Affine } from '../src/shaders/affine.ts';
import { type Key, shaderOfKey } from '../src/shaders/key.ts';
import type { Layout, Regime, Sharing, SummingLayout } from '../src/shaders/module.ts';
import { declareUniforms, type Kind, UNIFORMS } from '../src/shaders/uniforms.ts';

const layout = (regime: Regime, unit: 1 | 4): Layout => ({ regime, unit, workgroup: 256 });
const summing = (regime: Regime, unit: 1 | 4, sharing: Sharing = 'team'): SummingLayout => ({
  ...layout(regime, unit),
  sharing,
});
const both: Affine = { gamma: true, beta: true, lookup: 'each', onePerPart: false };
const shared: Affine = { gamma: true, beta: true, lookup: 'shared', onePerPart: true };
const atStep: Affine = { gamma: true, beta: true, lookup: 'step', onePerPart: false };
const none: Affine = { gamma: false, beta: false, lookup: 'shared', onePerPart: false };
const useMean = true;
const frozenStats = false;

it.each<[string, Key]>([
  ['forward, rows of four', { kind: 'forward', layout: summing('row', 4), useMean, affine: both }],
  ['forward, a row for each thread', { kind: 'forward', layout: summing('row', 4, 'alone'), useMean, affine: atStep }],
  [
    'forward, rows of whole workgroups',
    { kind: 'forward', layout: summing('row', 4, 'subgroups'), useMean, affine: both },
  ],
  ['forward, root mean square', { kind: 'forward', layout: summing('row', 1), useMean: false, affine: none }],
  ['moments, blocked', { kind: 'moments', layout: summing('blocked', 4), useMean }],
  ['moments, columns of four', { kind: 'moments', layout: summing('column', 4), useMean }],
  ['normalize, columns', { kind: 'normalize', layout: layout('column', 1), useMean, affine: shared }],
  ['normalize, rows', { kind: 'normalize', layout: layout('row', 4), useMean, affine: both }],
  ['apply, columns of four', { kind: 'apply', layout: layout('column', 4), affine: { ...both, onePerPart: true } }],
  ['sums, columns', { kind: 'sums', layout: summing('column', 4), affine: none, frozenStats, statistics: 'shared' }],
  [
    'sums, columns of rows that are segments',
    { kind: 'sums', layout: summing('column', 4), affine: none, frozenStats, statistics: 'step' },
  ],
  [
    'normalize, columns with a gamma for each row',
    { kind: 'normalize', layout: layout('column', 4), useMean, affine: atStep },
  ],
  ['rows', { kind: 'rows', layout: summing('row', 4), affine: both, useMean }],
  ['affine', { kind: 'affine', workgroup: 256 }],
  [
    'finish, columns',
    {
      kind: 'finish',
      layout: layout('column', 4),
      affine: { ...both, onePerPart: true },
      useMean,
      weighs: true,
    },
  ],
  ['finish, statistics given', { kind: 'finish frozen', layout: layout('blocked', 1), affine: shared }],
])('%s', (_, key) => {
  // Without the uniforms, which all shaders of a kind have.
  expect(shaderOfKey(key).code.replace(`${declareUniforms(key.kind)}\n`, '')).toMatchSnapshot();
});

it.each(Object.keys(UNIFORMS) as Kind[])('the uniforms of %s', (kind) => {
  expect(declareUniforms(kind)).toMatchSnapshot();
});
