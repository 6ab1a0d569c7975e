import { describe, expect, it } from 'vitest';
import { parseOptions, UsageError } from '../src/options.ts';
import { SHAPES } from '../src/shapes.ts';

describe('parseOptions', () => {
  it('runs every shape on cpu when nothing is asked for', () => {
    expect(parseOptions([])).toEqual({
      backend: 'cpu',
      shapes: SHAPES,
      limits: { rounds: 50, budget: 1000 },
      step: false,
      browser: false,
      json: undefined,
      markdown: undefined,
    });
  });

  it('narrows the shapes by part of their label', () => {
    expect(parseOptions(['--shape', 'group [8,64'])).toMatchObject({
      shapes: [{ kind: 'group', axis: 1, groups: 32 }],
    });
  });

  it('takes what is written over what --quick stands for', () => {
    expect(parseOptions(['--quick'])).toMatchObject({ limits: { rounds: 5, budget: 100 } });
    expect(parseOptions(['--quick', '--rounds', '3', '--budget', '0.5'])).toMatchObject({
      limits: { rounds: 3, budget: 500 },
    });
  });

  it('runs the training step on wasm, where it is about', () => {
    expect(parseOptions(['--step', '--browser'])).toMatchObject({ step: true, browser: true, backend: 'wasm' });
  });

  it.each([
    [['--step', '--backend', 'cpu'], /^--step is a model on wasm; it goes with no other --backend/],
    [['--step', '--shape', 'layer'], /^--step is a model on wasm; .* no --shape$/],
    [['--frobnicate'], /^Unknown option '--frobnicate'; --help/],
    [['extra'], /^Unexpected argument 'extra'; --help/],
    [['--shape'], /--shape.*argument missing/],
    [['--backend', 'gpu'], /^no backend is called 'gpu'; there is: cpu, wasm$/],
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
