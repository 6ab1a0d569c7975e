import { describe, expect, it } from 'vitest';
import { applyDraws } from '../src/apply.ts';
import { backwardDraws } from '../src/backward.ts';
import type { Draw, Formats, TensorName, Work } from '../src/draws.ts';
import { forwardDraws } from '../src/forward.ts';
import { gridOf } from '../src/grid.ts';
import { programOfKey } from '../src/programs/key.ts';
import { everyPlan, type Named, plans } from './plans.ts';

type Call = 'forward' | 'apply' | 'backward' | 'frozen backward';

interface Options {
  readonly gamma?: boolean;
  readonly beta?: boolean;
  readonly format?: 'packed' | 'unpacked';
  readonly packs?: boolean;
  readonly webgl?: 1 | 2;
  readonly halves?: boolean;
  readonly inPlace?: boolean;
}

function workOf(call: Call, { plan, shape }: Named, options: Options = {}): Work {
  const {
    gamma = true,
    beta = true,
    format = 'packed',
    packs = true,
    webgl = 2,
    halves = false,
    inPlace = true,
  } = options;
  const formats: Formats = {
    x: format,
    ...(call === 'forward' ? {} : { stats: `${format} by rows` }),
    ...(call.endsWith('backward') ? { dy: format } : {}),
    ...(gamma ? { gamma: `${format} by rows` } : {}),
    ...(beta && !call.endsWith('backward') ? { beta: format } : {}),
  };
  return { plan, grid: gridOf(plan, shape, packs), formats, inPlace: { x: inPlace, dy: inPlace }, webgl, halves };
}

function drawsOf(call: Call, named: Named, options?: Options): readonly Draw[] {
  const work = workOf(call, named, options);
  if (call === 'forward') return forwardDraws(work);
  return call === 'apply' ? applyDraws(work) : backwardDraws(work, call === 'frozen backward');
}

const kinds = (draws: readonly Draw[]) => draws.map(({ key }) => key.kind).join(', ');

it.each<[string, Call, Named, string]>([
  ['long segments in stages', 'forward', plans.layerNorm([64, 768]), 'moments, statistics, normalize'],
  ['short segments at once', 'forward', plans.layerNorm([64, 16]), 'statistics, normalize'],
  ['given statistics', 'apply', plans.batchNorm([8, 14, 14, 32]), 'normalize'],
  [
    'gradients of two kinds of segments',
    'backward',
    plans.groupNorm([8, 14, 14, 32]),
    'partialSums, sums, partialSums, sums, gradient',
  ],
  ['gradients of one kind of segments', 'backward', plans.batchNorm([8, 14, 14, 32]), 'partialSums, sums, gradient'],
  ['gradients of short segments', 'backward', plans.layerNorm([2, 4]), 'sums, sums, gradient'],
  [
    'gradients of frozen statistics',
    'frozen backward',
    plans.batchNorm([8, 14, 14, 32]),
    'partialSums, sums, gradient',
  ],
])('%s: %s of a call', (_, call, named, expected) => {
  expect(kinds(drawsOf(call, named))).toBe(expected);
});

describe('of any plan, however its tensors lie', () => {
  const calls = ['forward', 'apply', 'backward', 'frozen backward'] as const;
  const most = { forward: 3, apply: 1, backward: 5, 'frozen backward': 3 };
  const all = everyPlan.flatMap(([, named]) =>
    calls.flatMap((call) =>
      Array.from({ length: 128 }, (_, bits) => {
        const bit = (place: number) => (bits & (1 << place)) > 0;
        const options: Options = {
          gamma: bit(0),
          beta: bit(1),
          format: bit(2) ? 'packed' : 'unpacked',
          packs: bit(3),
          webgl: bit(4) ? 1 : 2,
          halves: bit(5),
          inPlace: bit(6),
        };
        return { call, options, named, draws: drawsOf(call, named, options) };
      }),
    ),
  );

  it('a call is at most so many draws', () => {
    for (const { call, draws } of all) expect(draws.length).toBeLessThanOrEqual(most[call]);
  });

  it('a draw has all tensors and uniforms that its program reads', () => {
    for (const { call, named, options, draws } of all) {
      const known = new Set<TensorName>(Object.keys(workOf(call, named, options).formats) as TensorName[]);
      for (const { key, uniforms, output } of draws) {
        const { tensors, uniforms: read } = programOfKey(key);
        expect(tensors.filter((name) => !known.has(name))).toEqual([]);
        expect(read.filter((name) => uniforms[name] === undefined)).toEqual([]);
        known.add(output.name);
      }
    }
  });

  it('the text of a program does not depend on a shape', () => {
    const keys = (shape: number[]) => JSON.stringify(drawsOf('backward', plans.groupNorm(shape)).map(({ key }) => key));
    expect(keys([2, 6, 6, 16])).toBe(keys([7, 30, 6, 40]));
  });
});

describe('the text of a program', () => {
  it.each<[string, Call, Named, Options]>([
    ['forward, rows', 'forward', plans.layerNorm([64, 768]), {}],
    ['forward, rows that are elements', 'forward', plans.layerNorm([64, 768]), { packs: false, format: 'unpacked' }],
    ['forward, an odd plane, channels first', 'forward', plans.batchNormChannelsFirst([8, 12, 7, 7]), {}],
    ['forward, half floats in WebGL 1', 'forward', plans.rmsNorm([64, 32]), { webgl: 1, halves: true }],
    ['backward, columns', 'backward', plans.batchNorm([8, 14, 14, 32]), {}],
    ['backward, rows', 'backward', plans.layerNorm([64, 768]), {}],
    ['backward, frozen', 'frozen backward', plans.batchNorm([8, 14, 14, 32]), { format: 'unpacked' }],
  ])('%s', (_, call, named, options) => {
    const texts = drawsOf(call, named, options).map(({ key, uniforms, output }) => {
      const { code, tensors } = programOfKey(key);
      const numbers = Object.entries(uniforms).map(([name, value]) => `${name} ${value}`);
      return `// ${key.kind} of ${tensors.join(', ')} makes ${JSON.stringify(output)}\n// ${numbers.join('; ')}\n${code}`;
    });
    expect(texts.join('\n')).toMatchSnapshot();
  });
});
