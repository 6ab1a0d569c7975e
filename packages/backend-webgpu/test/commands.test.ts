import type { Plan } from '@normkit/core';
import { describe, expect, it } from 'vitest';
import { applyCommands } from '../src/apply.ts';
import { backwardCommands } from '../src/backward.ts';
import { type Commands, type Dispatch, dispatchOf } from '../src/commands.ts';
import { forwardCommands } from '../src/forward.ts';
import { STORAGE_BUFFERS } from '../src/gaps.ts';
import { shaderOfKey } from '../src/shaders/key.ts';
import type { TensorName } from '../src/shaders/module.ts';
import { type Kind, UNIFORMS } from '../src/shaders/uniforms.ts';
import { HARDWARE, SOFTWARE, type Tuning } from '../src/tuning.ts';
import { FINE } from './open-webgpu.ts';
import { type Extents, plans } from './plans.ts';

/** The commands of a call, and the tensors that it brings. */
interface Call {
  readonly commands: Commands<never>;
  readonly inputs: readonly TensorName[];
}

function forward(plan: Plan, tuning: Tuning, gamma = true, beta = true): Call {
  return {
    commands: forwardCommands(plan, { gamma, beta }, tuning),
    inputs: ['x', ...(gamma ? ['gamma' as const] : []), ...(beta ? ['beta' as const] : [])],
  };
}

function apply(plan: Plan, tuning: Tuning, gamma = true, beta = true): Call {
  const { inputs } = forward(plan, tuning, gamma, beta);
  return { commands: applyCommands(plan, { gamma, beta }, tuning), inputs: [...inputs, 'stats'] };
}

function backward(plan: Plan, tuning: Tuning, gamma = true, frozenStats = false): Call {
  return {
    commands: backwardCommands(plan, { gamma, frozenStats }, tuning),
    inputs: ['dy', 'x', 'stats', ...(gamma ? ['gamma' as const] : [])],
  };
}

describe('the commands of a call', () => {
  const listed = (values: object): string =>
    Object.entries(values)
      .map(([name, value]) => `${name} ${typeof value === 'object' ? `{ ${listed(value)} }` : value}`)
      .join(', ');
  const text = ({ commands: { outputs, scratch, dispatches } }: Call) =>
    [
      `makes ${JSON.stringify(outputs)}, between dispatches ${JSON.stringify(scratch)}`,
      ...dispatches.flatMap(({ key: { kind, ...key }, uniforms, groups }) => [
        `${kind}: ${groups} workgroups`,
        `  key ${listed(key)}`,
        `  tensors ${shaderOfKey({ kind, ...key } as never).tensors.join(', ')}`,
        `  uniforms ${listed(uniforms)}`,
      ]),
    ].join('\n');

  it.each<[string, () => Call]>([
    ['forward, whole rows', () => forward(plans['layer norm']([64, 1, 1, 96, 1]), HARDWARE)],
    ['forward, whole rows in software', () => forward(plans['layer norm']([64, 1, 1, 96, 1]), SOFTWARE)],
    ['forward, one long row', () => forward(plans['layer norm']([1, 1, 1, 2 ** 16, 1]), HARDWARE)],
    ['forward, blocked', () => forward(plans['batch norm']([5, 1, 1, 12, 40]), HARDWARE, true, false)],
    ['forward, columns', () => forward(plans['batch norm']([5, 40, 1, 12, 1]), HARDWARE)],
    ['forward, short runs', () => forward(plans['group norm']([2, 40, 3, 4, 1]), HARDWARE)],
    ['forward, root mean square', () => forward(plans['layer norm']([64, 1, 1, 96, 1], false), HARDWARE, true, false)],
    ['apply, columns', () => apply(plans['batch norm']([5, 40, 1, 12, 1]), HARDWARE)],
    ['backward, whole rows', () => backward(plans['layer norm']([64, 1, 1, 96, 1]), HARDWARE)],
    ['backward, one long row', () => backward(plans['layer norm']([1, 1, 1, 2 ** 16, 1]), HARDWARE)],
    ['backward, blocked', () => backward(plans['batch norm']([5, 1, 1, 12, 40]), HARDWARE)],
    ['backward, columns', () => backward(plans['batch norm']([5, 40, 1, 12, 1]), HARDWARE)],
    ['backward, short runs', () => backward(plans['group norm']([2, 40, 3, 4, 1]), HARDWARE)],
    ['backward, a middle axis', () => backward(plans['layer norm of a middle axis']([3, 40, 1, 8, 1]), HARDWARE)],
    ['backward, no gamma', () => backward(plans['group norm']([2, 40, 3, 4, 1]), HARDWARE, false)],
    ['backward, frozen statistics', () => backward(plans['batch norm']([5, 40, 1, 12, 1]), HARDWARE, true, true)],
  ])('%s', (_, call) => {
    expect(text(call())).toMatchSnapshot();
  });
});

describe('of any plan, with whatever is given and on whatever device', () => {
  const calls = anyCalls(2000);
  const dispatches = calls.flatMap(({ commands }) => commands.dispatches);

  it('shaders of one key have one text, and no text has two keys', () => {
    const texts = new Map<string, string>();
    for (const { key } of dispatches) {
      const name = JSON.stringify(key);
      const { code } = shaderOfKey(key);
      expect(texts.get(name) ?? code).toBe(code);
      texts.set(name, code);
    }
    expect(texts.size).toBeGreaterThan(300);
    const keys = new Map([...texts].map(([name, code]) => [code, name]));
    expect([...texts].filter(([name, code]) => keys.get(code) !== name)).toEqual([]);
  });

  it('a dispatch gives the uniforms of its kind', () => {
    const isCount = (value: number) => Number.isInteger(value) && value >= 0;
    for (const { key, uniforms, groups } of dispatches) {
      expect(Object.keys(uniforms)).toEqual(UNIFORMS[key.kind]);
      const values = Object.entries({ ...uniforms, groups });
      expect(values.filter(([name, value]) => !(name === 'epsilon' ? value === 1e-3 : isCount(value)))).toEqual([]);
    }
  });

  it('a kind has the uniforms that its texts read', () => {
    const read = new Map<Kind, Set<string>>([['cast', uniformsOf({ key: { kind: 'cast', workgroup: 16 } })]]);
    for (const dispatch of dispatches) {
      const { kind } = dispatch.key;
      read.set(kind, new Set([...(read.get(kind) ?? []), ...uniformsOf(dispatch)]));
    }
    for (const [kind, names] of Object.entries(UNIFORMS)) {
      expect([kind, [...(read.get(kind as Kind) ?? [])].sort()]).toEqual([kind, [...names].sort()]);
    }
  });

  it('the tensors of a dispatch are those of the call, in the buffers that a shader may have', () => {
    for (const { commands, inputs } of calls) {
      const known = [...inputs, ...Object.keys(commands.outputs), ...Object.keys(commands.scratch)];
      const bound = commands.dispatches.map(({ key }) => shaderOfKey(key).tensors);
      expect([...new Set(bound.flat())].sort()).toEqual(known.sort());
      expect(Math.max(...bound.map(({ length }) => length))).toBeLessThanOrEqual(STORAGE_BUFFERS);
    }
  });
});

it('a uniform that is missing is a type error, and one too many is left out', () => {
  // @ts-expect-error: a cast has steps.
  expect(dispatchOf('cast', { workgroup: 16 }, {}, 1).uniforms).toEqual({ steps: undefined });
  const more = { steps: 3, rows: 4 };
  expect(dispatchOf('cast', { workgroup: 16 }, more, 1).uniforms).toEqual({ steps: 3 });
});

/** The uniforms that a shader's text reads. */
function uniformsOf({ key }: Pick<Dispatch, 'key'>): Set<string> {
  return new Set([...shaderOfKey(key).code.matchAll(/uniforms\.(\w+)/g)].map(([, name]) => name as string));
}

/** So many calls, the same in each run. */
function anyCalls(count: number): Call[] {
  const devices: readonly Tuning[] = [HARDWARE, SOFTWARE, FINE, { ...FINE, subgroups: true }];
  let state = 1;
  const below = (bound: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
  const pick = <Item>(items: readonly Item[]) => items[below(items.length)] as Item;
  const extents = (): Extents => [
    pick([1, 2, 3, 64, 700]),
    pick([1, 4, 5, 60]),
    pick([1, 2, 3]),
    pick([1, 2, 4, 7, 16, 1000]),
    pick([1, 1, 3, 4, 28]),
  ];
  return Array.from({ length: count }, () => {
    const plan = pick(Object.values(plans))(extents(), below(2) === 0);
    return pick([forward, apply, backward])(plan, pick(devices), below(2) === 0, below(2) === 0);
  });
}
