import { expect, it } from 'vitest';
import type { Affine } from '../src/shaders/affine.ts';
import {
  affineShader,
  finishFrozenShader,
  finishShader,
  rowGradientShader,
  sumsShader,
} from '../src/shaders/backward.ts';
import { applyShader, forwardShader, momentsShader, normalizeShader } from '../src/shaders/forward.ts';
import type { Layout, Regime, Shader } from '../src/shaders/module.ts';
import { declareUniforms } from '../src/shaders/uniforms.ts';

/** Without what all have, the uniform buffer. */
const own = ({ code }: Shader) => code.replace(`${declareUniforms()}\n`, '');
const layout = (regime: Regime, unit: 1 | 4): Layout => ({
  regime,
  unit,
  workgroup: 256,
  sharing: 'team',
});
const both: Affine = { gamma: true, beta: true, lookup: 'each', onePerPart: false };
const shared: Affine = { gamma: true, beta: true, lookup: 'shared', onePerPart: true };
const atStep: Affine = { gamma: true, beta: true, lookup: 'step', onePerPart: false };
const none: Affine = { gamma: false, beta: false, lookup: 'shared', onePerPart: false };

it.each<[string, () => Shader]>([
  ['forward, rows of four', () => forwardShader(layout('row', 4), true, both)],
  ['forward, a row for each thread', () => forwardShader({ ...layout('row', 4), sharing: 'alone' }, true, atStep)],
  ['forward, rows of whole workgroups', () => forwardShader({ ...layout('row', 4), sharing: 'subgroups' }, true, both)],
  ['forward, root mean square', () => forwardShader(layout('row', 1), false, none)],
  ['moments, blocked', () => momentsShader(layout('blocked', 4), true)],
  ['moments, columns of four', () => momentsShader(layout('column', 4), true)],
  ['normalize, columns', () => normalizeShader(layout('column', 1), true, shared)],
  ['normalize, rows', () => normalizeShader(layout('row', 4), true, both)],
  ['apply, columns of four', () => applyShader(layout('column', 4), { ...both, onePerPart: true })],
  ['sums, columns', () => sumsShader(layout('column', 4), { affine: none, useMean: true, isOwn: true }, 'shared')],
  [
    'sums, columns of rows that are segments',
    () => sumsShader(layout('column', 4), { affine: none, useMean: true, isOwn: true }, 'step'),
  ],
  ['normalize, columns with a gamma for each row', () => normalizeShader(layout('column', 4), true, atStep)],
  ['rows', () => rowGradientShader(layout('row', 4), { affine: both, useMean: true, isOwn: true })],
  ['affine', () => affineShader(layout('row', 1))],
  [
    'finish, columns',
    () =>
      finishShader(layout('column', 4), { affine: { ...both, onePerPart: true }, useMean: true, isOwn: true }, true),
  ],
  [
    'finish, statistics given',
    () => finishFrozenShader(layout('blocked', 1), { affine: shared, useMean: true, isOwn: false }),
  ],
])('%s', (_, shader) => {
  expect(own(shader())).toMatchSnapshot();
});

it('the uniform buffer', () => {
  expect(declareUniforms()).toMatchSnapshot();
});
