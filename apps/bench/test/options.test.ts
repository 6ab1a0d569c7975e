import { definitions } from '@normkit/core';
import { describe, expect, it } from 'vitest';
import { CONTENDERS } from '../src/contenders.ts';
import { type Options, parseOptions, UsageError } from '../src/options.ts';
import { LARGE_SHAPES, shapesOn, sizeOf } from '../src/shapes.ts';

describe('parseOptions', () => {
  it('runs every shape on cpu when nothing is asked for', () => {
    expect(parseOptions([])).toEqual({
      backend: 'cpu',
      shapes: shapesOn('cpu'),
      only: CONTENDERS,
      limits: { rounds: 50, budget: 1000 },
      step: false,
      browser: false,
      json: undefined,
      markdown: undefined,
    });
  });

  it('narrows the shapes by part of their label', () => {
    expect(parseOptions(['--shape', 'group [8,64'])).toMatchObject({
      shapes: [{ norm: 'groupNorm', axis: 1, groups: 32 }],
    });
  });

  it('has short segments of every norm on every backend, fewer of them on a GPU', () => {
    for (const [backend, size] of [
      ['cpu', 2 ** 20],
      ['wasm', 2 ** 20],
      ['webgl', 2 ** 13],
      ['webgpu', 2 ** 13],
    ] as const) {
      const { shapes } = parseOptions(['--backend', backend, '--browser']) as Options;
      const short = shapes.filter((shape) => sizeOf(shape) === size);
      expect(new Set(short.map(({ norm }) => norm))).toEqual(new Set(definitions.map(({ name }) => name)));
    }
    expect(parseOptions(['--backend', 'wasm', '--shape', 'batch [2,5'])).toMatchObject({
      shapes: [{ shape: [2, 524288] }],
    });
    expect(parseOptions(['--backend', 'wasm', '--shape', ',1]'])).toMatchObject({
      shapes: [
        { norm: 'layerNorm', shape: [1048576, 1] },
        { norm: 'rmsNorm', shape: [1048576, 1] },
      ],
    });
  });

  it('adds shapes of 64 and 256 MiB', () => {
    expect(parseOptions(['--large'])).toMatchObject({ shapes: [...shapesOn('cpu'), ...LARGE_SHAPES] });
    expect(new Set(LARGE_SHAPES.map((shape) => (4 * sizeOf(shape)) / 2 ** 20))).toEqual(new Set([64, 256]));
    expect(parseOptions(['--large', '--shape', 'layer [16384'])).toMatchObject({ shapes: [{ shape: [16384, 1024] }] });
  });

  it('narrows the columns, in their own order', () => {
    expect(parseOptions(['--only', 'copy,ours'])).toMatchObject({ only: ['ours', 'copy'] });
  });

  it('takes what is written over what --quick stands for', () => {
    expect(parseOptions(['--quick'])).toMatchObject({ limits: { rounds: 5, budget: 100 } });
    expect(parseOptions(['--quick', '--rounds', '3', '--budget', '0.5'])).toMatchObject({
      limits: { rounds: 3, budget: 500 },
    });
  });

  it('has every norm on the activations of a transformer, a ResNet and the tutorial, in both layouts', () => {
    for (const label of [
      '[8,256,768]',
      '[8,768,256]',
      '[8,56,56,64]',
      '[8,64,56,56]',
      '[32,26,26,10]',
      '[32,10,26,26]',
    ]) {
      const { shapes } = parseOptions(['--shape', label]) as Options;
      expect(shapes.map(({ norm }) => norm).toSorted()).toEqual(definitions.map(({ name }) => name).toSorted());
    }
  });

  it('runs the training step on wasm, unless it is to be on webgl', () => {
    expect(parseOptions(['--step', '--browser'])).toMatchObject({ step: true, browser: true, backend: 'wasm' });
    expect(parseOptions(['--step', '--browser', '--backend', 'webgl'])).toMatchObject({ step: true, backend: 'webgl' });
  });

  it.each([
    [['--step', '--backend', 'cpu'], /^--step is a model on wasm or webgl; it goes with no other --backend/],
    [['--step', '--shape', 'layer'], /^--step is a model on wasm or webgl; .* no --shape, --large or --only$/],
    [['--step', '--large'], /^--step is/],
    [['--step', '--only', 'ours'], /^--step is/],
    [['--only', 'ours,mine'], /^no column is called 'mine'; there are: ours, composed, stock, onnx, torch, copy$/],
    [['--frobnicate'], /^Unknown option '--frobnicate'; --help/],
    [['extra'], /^Unexpected argument 'extra'; --help/],
    [['--shape'], /--shape.*argument missing/],
    [['--backend', 'gpu'], /^no backend is called 'gpu'; there is: cpu, wasm, webgl, webgpu$/],
    [['--backend', 'webgl'], /^webgl needs a browser: --browser runs it in Chromium$/],
    [['--backend', 'toString'], /^no backend is called/],
    [['--shape', 'transformer'], /^no shape contains 'transformer'; there are: layer \[8,1024,768\] axis -1, /],
    [['--rounds', '0'], /^--rounds takes a whole number from 1, not '0'$/],
    [['--rounds', '2.5'], /^--rounds takes/],
    [['--budget', 'long'], /^--budget takes a number of seconds above 0, not 'long'$/],
  ])('refuses %j in one line', (args, message) => {
    const attempt = () => parseOptions(args);
    expect(attempt).toThrow(UsageError);
    expect(attempt).toThrow(message);
    expect(attempt).not.toThrow(/\n/);
  });
});
