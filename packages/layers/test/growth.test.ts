import '@normkit/backend-cpu';
import { convertKerasConfig, groupNormalization, loadKerasModel } from '@normkit/layers';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { matchWeights } from '../src/keras/weights.ts';

beforeAll(() => tf.setBackend('cpu'));

type Json = Record<string, unknown>;
/** What is done with a file of this size. An error is as good as a model. */
type Work = (size: number) => () => unknown;

/** The processor time of this process: what others do on a busy machine does not count. */
async function milliseconds(work: () => unknown): Promise<number> {
  const start = process.cpuUsage();
  try {
    await work();
  } catch (error) {
    expect(`${(error as Error).name} of ${(error as Error).message.length > 3000 ? 'many' : 'few'} letters`).toBe(
      'NormkitError of few letters',
    );
  }
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

/** How much longer ten times as much takes. Linear is 10, and quadratic 100. */
async function growth(work: Work, size: number): Promise<number> {
  const quickest = async (of: number) => {
    const times = [];
    for (let run = 0; run < 3; run++) times.push(await milliseconds(work(of)));
    return Math.min(...times);
  };
  await quickest(size / 10);
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3 && least >= 40; attempt++) {
    // What takes less than this is lost in the noise.
    const [some, many] = [Math.max(8, await quickest(size)), await quickest(size * 10)];
    least = Math.min(least, many / some);
  }
  return least;
}

const input = {
  name: 'in',
  class_name: 'InputLayer',
  config: { name: 'in', batch_input_shape: [null, 2] },
  inbound_nodes: [],
};
const dense = (name: string, from: unknown[]): Json => ({
  name,
  class_name: 'Dense',
  config: { name, units: 2 },
  inbound_nodes: [from],
});
const graph = (layers: Json[], last: string): Json => ({
  class_name: 'Functional',
  config: { name: 'net', layers: [input, ...layers], input_layers: [['in', 0, 0]], output_layers: [[last, 0, 0]] },
});
const many = <T>(size: number, make: (index: number) => T) => Array.from({ length: size }, (_, index) => make(index));
const chain = (size: number) => many(size, (index) => dense(`d${index}`, [[index ? `d${index - 1}` : 'in', 0, 0, {}]]));
const one = (config: Json, more: Json = {}) => ({
  class_name: 'Sequential',
  config: {
    name: 's',
    layers: [
      { class_name: 'Dense', config: { name: 'd', units: 2, batch_input_shape: [null, 2], ...config }, ...more },
    ],
  },
});
const convert = (json: unknown) => () => convertKerasConfig(json);

const conversions: Record<string, [size: number, work: Work]> = {
  'layers in a chain': [800, (size) => convert(graph(chain(size), `d${size - 1}`))],
  'layers in a chain, the last first': [800, (size) => convert(graph(chain(size).reverse(), `d${size - 1}`))],
  'layers in a circle': [
    800,
    (size) =>
      convert(
        graph(
          [...chain(size), dense('in2', [[`d${size - 1}`, 0, 0]])].map((layer, index) =>
            index === 0 ? dense('d0', [['in2', 0, 0]]) : layer,
          ),
          'd0',
        ),
      ),
  ],
  'layers of one name': [
    800,
    (size) =>
      convert(
        graph(
          many(size, (index) => dense(`d${Math.min(index, size - 2)}`, [['in', 0, 0]])),
          'd0',
        ),
      ),
  ],
  'calls of one layer': [
    800,
    (size) =>
      convert(
        graph(
          [
            {
              ...dense('d', []),
              inbound_nodes: many(size, (index) => [[index ? 'd' : 'in', Math.max(0, index - 1), 0, {}]]),
            },
          ],
          'd',
        ),
      ),
  ],
  'inputs of one call': [
    2000,
    (size) =>
      convert(
        graph(
          [
            {
              ...dense('d', []),
              inbound_nodes: [
                {
                  args: [
                    many(size, () => ({ class_name: '__keras_tensor__', config: { keras_history: ['in', 0, 0] } })),
                  ],
                  kwargs: Object.fromEntries(many(size, (index) => [`k${index}`, index])),
                },
              ],
            },
          ],
          'd',
        ),
      ),
  ],
  'settings of a layer': [
    2000,
    (size) => convert(one(Object.fromEntries(many(size, (index) => [`key_${index}`, `a_b${index}`])))),
  ],
  'letters in a key': [20_000, (size) => convert(one({ ['aB_'.repeat(size)]: 1 }))],
  'letters in a name': [
    20_000,
    (size) => convert(one({ name: 'a/_'.repeat(size), groups: 3, padding: 'causal', dtype: 'x'.repeat(size) })),
  ],
  'letters in a class name': [20_000, (size) => convert(one({}, { class_name: 'Norm>'.repeat(size) }))],
  'letters in a module': [20_000, (size) => convert(one({}, { module: 'keras_.'.repeat(size) }))],
  'entries of a shape': [20_000, (size) => convert(one({ batch_input_shape: many(size, () => -1) }))],
  'entries of a tuple': [
    2000,
    (size) =>
      convert(
        one({ kernel_size: { class_name: '__tuple__', items: many(size, () => 3) }, groups: many(size, () => 2) }),
      ),
  ],
  'keys of a file that is none': [
    2000,
    (size) => convert(Object.fromEntries(many(size, (index) => [`key_${index}`, 1]))),
  ],
};

describe('ten times the file takes about ten times as long to convert, with', () => {
  it.each(Object.entries(conversions))('%s', async (_, [size, work]) => {
    expect(await growth(work, size)).toBeLessThan(40);
  });
});

const load = (modelTopology: Json, names: string[], strict: boolean) => () =>
  loadKerasModel(
    tf.io.fromMemory({
      modelTopology,
      weightSpecs: names.map((name) => ({ name, shape: [2], dtype: 'float32' as const })),
      weightData: new ArrayBuffer(8 * names.length),
    }),
    { strict, onReport: () => undefined },
  );
const weights: Record<string, [size: number, work: Work]> = {
  'slashes in a name': [10_000, (size) => load(one({}), [`${'x/'.repeat(size)}bias`], true)],
  'slashes in a name that ends as one of the model': [
    10_000,
    (size) => load(one({}), [`${'x/'.repeat(size)}d/bias`], false),
  ],
  'slashes in a layer’s name, and a weight’s': [
    3000,
    (size) => load(one({ name: `a${'/x'.repeat(size)}` }), [`a${'/x'.repeat(size)}/bias`], true),
  ],
  'weights without a place': [
    500,
    (size) =>
      load(
        one({}),
        many(size, (index) => `x${index}/bias`),
        false,
      ),
  ],
  'weights of one name': [
    500,
    (size) =>
      load(
        one({}),
        many(size, () => 'd/bias'),
        false,
      ),
  ],
  'weights in a strict manifest': [
    500,
    (size) =>
      load(
        one({}),
        many(size, (index) => `d${index}/bias`),
        true,
      ),
  ],
};

describe('ten times the file takes about ten times as long to load, with', () => {
  it.each(Object.entries(weights))('%s', async (_, [size, work]) => {
    expect(await growth(work, size)).toBeLessThan(40);
  });

  it('layers of one name', async () => {
    const matched = (size: number) => {
      // TensorFlow.js's own models grow faster than their layers do.
      const layers = many(size, () => ({
        name: 'd',
        weights: [{ originalName: 'd/bias', shape: [2], dtype: 'float32' }],
      }));
      const tensor = tf.zeros([2]);
      const file = many(size, (index) => ({ name: `x${index}/d/bias`, tensor }));
      return () => expect(matchWeights({ layers } as unknown as tf.LayersModel, file, true).values.size).toBe(size);
    };
    expect(await growth(matched, 2000)).toBeLessThan(40);
  });
});

it('an argument name of three megabytes is refused at once, in few words', async () => {
  const refused = (size: number) => () => groupNormalization({ ['gamma_'.repeat(size)]: 1 } as object);
  expect(await growth(refused, 50_000)).toBeLessThan(40);
  expect(() => groupNormalization({ constructor: 1, toString: 2 } as object)).toThrow(
    "there is no argument 'constructor'",
  );
});
