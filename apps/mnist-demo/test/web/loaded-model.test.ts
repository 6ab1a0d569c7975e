import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULTS, type Settings } from '../../src/tutorial/settings.ts';
import type { ModelFiles } from '../../src/web/service.ts';
import { Session } from '../../src/web/worker/session.ts';
import { smallMnist } from '../mnist-files.ts';

/** What a model.json says, for somebody to be at it. */
interface Said {
  modelTopology: { class_name: string; config: { layers: { class_name: string; config: Record<string, unknown> }[] } };
  weightsManifest: { weights: { name: string; shape: number[]; dtype: string; group?: string }[] }[];
  userDefinedMetadata: { normkit: Record<string, unknown> & { settings: Record<string, unknown> } };
}

describe('a saved model that somebody has been at', () => {
  const session = new Session();
  const begun: Settings = { ...DEFAULTS, norm: 'batch', samples: 4, batchSize: 2 };
  const history = { losses: [1], accuracies: [0], milliseconds: [1] };
  let saved: ModelFiles;
  beforeAll(async () => {
    await session.useFiles([...smallMnist().packed].map(([name, bytes]) => new File([bytes as BlobPart], name)));
    await session.enlist([1]);
    await session.train(1, begun, 'cpu');
    saved = await session.toFiles({ history });
  });

  const load = (files: ModelFiles) => session.fromFiles(2, { name: 'model.json', ...files }, 'cpu');
  function changed(change: (said: Said) => void): ModelFiles {
    const said = JSON.parse(saved.json) as Said;
    change(said);
    return { ...saved, json: JSON.stringify(said) };
  }
  const layer = (said: Said, index: number) =>
    said.modelTopology.config.layers[index] ?? { class_name: '', config: {} };
  const weight = ({ weightsManifest: [group] }: Said, name: string) =>
    group?.weights.find((each) => each.name === name) ?? { name: '', shape: [], dtype: '' };
  /** With another number at the start of a weight. */
  function withNumber(name: string, number: number): ModelFiles {
    const said = JSON.parse(saved.json) as Said;
    const specs = said.weightsManifest[0]?.weights ?? [];
    const before = specs.slice(0, specs.indexOf(specs.find((each) => each.name.includes(name)) ?? weight(said, '')));
    const offset = before.reduce((sum, { shape }) => sum + shape.reduce((size, extent) => size * extent, 4), 0);
    const weights = saved.weights.slice();
    new DataView(weights.buffer).setFloat32(offset, number, true);
    return { ...saved, weights };
  }

  it('loads as long as nobody has', async () => {
    const { settings, steps } = await load(saved);
    expect({ norm: settings.norm, steps }).toEqual({ norm: 'batch', steps: 2 });
    await session.forget(2);
    await session.select(1, begun, 'cpu');
  });

  it.each<[string, RegExp, () => ModelFiles]>([
    ['weights of NaN', /finite numbers, found NaN/, () => ({ ...saved, weights: saved.weights.slice().fill(0xff) })],
    ['an infinite weight', /found Infinity/, () => withNumber('hidden/bias', Number.POSITIVE_INFINITY)],
    [
      'a variance below 0',
      /weight moving_variance must be finite, and 0 or more/,
      () => withNumber('norm/moving_variance', -1),
    ],
    ['numbers too large to add up', /make no answer: NaN/, () => withNumber('conv/bias', 3.4e38)],
    ['an optimizer of NaN', /found NaN/, () => withNumber('hidden/kernel/m', Number.NaN)],
    [
      'a topology of another size',
      /Layer 5 of the file is not the Dense that its settings make: it has another units/,
      () => changed((said) => Object.assign(layer(said, 4).config, { units: 64 })),
    ],
    [
      'a topology of another class',
      /Layer 3 of the file is not the BatchNormalization that/,
      () => changed((said) => Object.assign(layer(said, 2), { class_name: 'LayerNormalization' })),
    ],
    [
      'a topology of fewer layers',
      /a model of 7 layers, the file has 6/,
      () => changed((said) => said.modelTopology.config.layers.pop()),
    ],
    [
      'a regularizer',
      /Layer 2 .* another kernel_regularizer/,
      () => changed((said) => Object.assign(layer(said, 1).config, { kernel_regularizer: { class_name: 'L1L2' } })),
    ],
    ['a topology of text', /the file has none/, () => changed((said) => Object.assign(said, { modelTopology: 'x' }))],
    [
      'a model of functions',
      /the file has none/,
      () => changed(({ modelTopology }) => Object.assign(modelTopology, { class_name: 'Functional' })),
    ],
    [
      'settings of another norm',
      /expected 7 weights, found 10/,
      () => changed(({ userDefinedMetadata: { normkit } }) => Object.assign(normkit.settings, { norm: 'rms' })),
    ],
    [
      'settings of another optimizer',
      /what the optimizer momentum remembers/,
      () =>
        changed(({ userDefinedMetadata: { normkit } }) => Object.assign(normkit.settings, { optimizer: 'momentum' })),
    ],
    [
      'settings of no norm',
      /its settings are missing/,
      () => changed(({ userDefinedMetadata: { normkit } }) => Object.assign(normkit.settings, { norm: 'toString' })),
    ],
    [
      'more steps than its settings make',
      /make 2 steps of training, and it says that 9 are done/,
      () => changed(({ userDefinedMetadata: { normkit } }) => Object.assign(normkit, { steps: 9 })),
    ],
    [
      'fewer steps than its optimizer has seen',
      /an optimizer after 1 steps, found 2/,
      () => changed(({ userDefinedMetadata: { normkit } }) => Object.assign(normkit, { steps: 1 })),
    ],
    [
      'metadata of null',
      /its settings are missing/,
      () => changed((said) => Object.assign(said, { userDefinedMetadata: null })),
    ],
    [
      'a manifest of null',
      /no layers or no weights/,
      () => changed((said) => Object.assign(said, { weightsManifest: [null] })),
    ],
    [
      'weights of null',
      /with a name and a shape each/,
      () => changed((said) => Object.assign(said, { weightsManifest: [{ weights: null }] })),
    ],
    [
      'a negative shape',
      /with a name and a shape each/,
      () => changed((said) => Object.assign(weight(said, 'conv/bias'), { shape: [-10] })),
    ],
    [
      'a shape beyond all',
      /take 4e\+24 bytes/,
      () => changed((said) => Object.assign(weight(said, 'conv/bias'), { shape: [1e15, 1e9] })),
    ],
    [
      'a weight of another shape',
      /expected the weight conv\/bias, float32 \[10\], found float32 \[2,5\]/,
      () => changed((said) => Object.assign(weight(said, 'conv/bias'), { shape: [2, 5] })),
    ],
    ['weights that are cut short', /the file has 1000/, () => ({ ...saved, weights: saved.weights.slice(0, 1000) })],
    ['no JSON', /is not JSON/, () => ({ ...saved, json: '[' })],
    ['JSON of null', /no layers or no weights/, () => ({ ...saved, json: 'null' })],
  ])('%s: is refused in one line that names it, and the model in use stays', async (_, reason, files) => {
    const error = await load(files()).then(String, ({ message }: Error) => message);
    expect(error).toMatch(reason);
    expect(error).toMatch(/^model\.json: .*$/);
    expect((await session.predict(new Uint8Array(784)))?.every(Number.isFinite)).toBe(true);
  });

  it.each([
    ['numbers with no number in them', { losses: [{ toString: 1, valueOf: 1 }, null, 1], accuracies: 'x' }],
    ['nothing', null],
  ])('has no history where there is %s', async (_, forged) => {
    const loaded = await load(
      changed(({ userDefinedMetadata: { normkit } }) => Object.assign(normkit, { history: forged, data: 1 })),
    );
    expect(loaded.history.losses.every(Number.isNaN)).toBe(true);
    expect(loaded.history.accuracies).toEqual([]);
    expect(loaded.data).toBeUndefined();
    await session.forget(2);
    await session.select(1, begun, 'cpu');
  });
});
