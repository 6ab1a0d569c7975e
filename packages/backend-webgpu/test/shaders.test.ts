import { expect, it } from 'vitest';
import {
  affineShader,
  finishFrozenShader,
  finishShader,
  rowGradientShader,
  sumsShader,
} from '../src/shaders/backward.ts';
import { declareCall } from '../src/shaders/call.ts';
import { applyShader, forwardShader, momentsShader, normalizeShader } from '../src/shaders/forward.ts';
import type { Layout, Regime, Shader } from '../src/shaders/module.ts';
import type { Parameters } from '../src/shaders/parameters.ts';

/** Without what all have, the uniform buffer. */
const own = ({ code }: Shader) => code.replace(`${declareCall()}\n`, '');
const layout = (regime: Regime, unit: 1 | 4): Layout => ({
  regime,
  unit,
  workgroup: 256,
  sharing: 'team',
});
const both: Parameters = { gamma: true, beta: true, affine: 'each', onePerPart: false };
const shared: Parameters = { gamma: true, beta: true, affine: 'shared', onePerPart: true };
const atStep: Parameters = { gamma: true, beta: true, affine: 'step', onePerPart: false };
const none: Parameters = { gamma: false, beta: false, affine: 'shared', onePerPart: false };

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
  ['sums, columns', () => sumsShader(layout('column', 4), { parameters: none, useMean: true, isOwn: true }, 'shared')],
  [
    'sums, columns of rows that are segments',
    () => sumsShader(layout('column', 4), { parameters: none, useMean: true, isOwn: true }, 'step'),
  ],
  ['normalize, columns with a gamma for each row', () => normalizeShader(layout('column', 4), true, atStep)],
  ['rows', () => rowGradientShader(layout('row', 4), { parameters: both, useMean: true, isOwn: true })],
  ['affine', () => affineShader(layout('row', 1))],
  [
    'finish, columns',
    () =>
      finishShader(
        layout('column', 4),
        { parameters: { ...both, onePerPart: true }, useMean: true, isOwn: true },
        true,
      ),
  ],
  [
    'finish, statistics given',
    () => finishFrozenShader(layout('blocked', 1), { parameters: shared, useMean: true, isOwn: false }),
  ],
])('%s', (_, shader) => {
  expect(own(shader())).toMatchSnapshot();
});

it('the uniform buffer', () => {
  expect(declareCall()).toMatchSnapshot();
});
