import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { batchNormalization, loadKerasModel } from '../src/index.ts';
import {
  call,
  inMemory,
  keras3Dense,
  keras3Functional,
  keras3Input,
  keras3Layer,
  keras3Sequential,
  kerasTensor,
} from './keras-files.ts';
import { saved } from './saved-model.ts';

const twoLayers = keras3Sequential('net', [keras3Input('in', [null, 4]), keras3Dense('one', 3), keras3Dense('two', 2)]);
const weightsNamed = (names: string[]): Record<string, tf.Tensor> => {
  const [kernel = '', bias = '', kernel2 = '', bias2 = ''] = names;
  return {
    [kernel]: tf.range(0, 12).reshape([4, 3]),
    [bias]: tf.tensor1d([1, 2, 3]),
    [kernel2]: tf.range(0, 6).reshape([3, 2]),
    [bias2]: tf.tensor1d([5, 7]),
  };
};
const plain = ['one/kernel', 'one/bias', 'two/kernel', 'two/bias'];

describe('loadKerasModel', () => {
  it.each([
    ['as they are', plain],
    ["with the model's name before", plain.map((name) => `net/${name}`)],
    ['numbered, as in a .keras file', ['one/0', 'one/1', 'two/0', 'two/1']],
    ['with a model and a cell', plain.map((name) => `net/${name.replace('/', '/cell/')}`)],
  ])('loads weights whose names are %s', async (_, names) => {
    const model = await loadKerasModel(inMemory(twoLayers, weightsNamed(names)));
    expect(model.getWeights().map((weight) => [...weight.dataSync()])).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
      [1, 2, 3],
      [0, 1, 2, 3, 4, 5],
      [5, 7],
    ]);
  });

  it('tells layers of the same name in different models apart by the names before', async () => {
    const inner = (name: string, from: string) => ({
      ...keras3Sequential(name, [keras3Input(`${name}_in`, [null, 4]), keras3Dense('dense', 4)]),
      name,
      inbound_nodes: [call([kerasTensor(from)])],
    });
    const layers = [
      keras3Input('in', [null, 4]),
      inner('left', 'in'),
      inner('right', 'left'),
      keras3Dense('dense', 4, [call([kerasTensor('right')])]),
    ];
    const json = keras3Functional('net', layers, ['in', 0, 0], ['dense', 0, 0]);
    const names = ['net/right/dense', 'net/dense', 'net/left/dense'];
    const entries = names.flatMap((name, index) => [
      [`${name}/kernel`, tf.fill([4, 4], index)],
      [`${name}/bias`, tf.fill([4], index)],
    ]);
    const model = await loadKerasModel(inMemory(json, Object.fromEntries(entries)));
    const firstOf = (layer: tf.layers.Layer) => layer.getWeights().map((weight) => weight.dataSync()[0]);
    expect(['left', 'right', 'dense'].map((name) => firstOf(model.getLayer(name)))).toEqual([
      [2, 2],
      [0, 0],
      [1, 1],
    ]);
  });

  it('keeps the names of layers that have underscores', async () => {
    const nodes = [call([kerasTensor('the_input')])];
    const layers = [keras3Input('the_input', [null, 4]), keras3Dense('dense_1_a', 3, nodes)];
    const json = keras3Functional('my_net', layers, ['the_input', 0, 0], ['dense_1_a', 0, 0]);
    const weights = { 'dense_1_a/kernel': tf.ones([4, 3]), 'dense_1_a/bias': tf.ones([3]) };
    const model = await loadKerasModel(inMemory(json, weights));
    expect([model.name, ...model.layers.map(({ name }) => name)]).toEqual(['my_net', 'the_input', 'dense_1_a']);
  });

  it('loads from a URL, with the options of tf.loadLayersModel', async () => {
    const weightsManifest = [
      {
        paths: ['a.bin'],
        weights: [
          { name: 'net/one/kernel', shape: [4, 3], dtype: 'float32' },
          { name: 'net/one/bias', shape: [3], dtype: 'float32' },
        ],
      },
    ];
    const modelTopology = keras3Sequential('net', [keras3Input('in', [null, 4]), keras3Dense('one', 3)]);
    const fetched: string[] = [];
    const fetchFunc = ((url: string) => {
      fetched.push(url);
      const body = url.endsWith('.json')
        ? JSON.stringify({ modelTopology, weightsManifest })
        : new Float32Array(15).fill(2);
      return Promise.resolve(new Response(body));
    }) as typeof fetch;
    const model = await loadKerasModel('https://example.org/net/model.json', { fetchFunc });
    expect(fetched).toEqual(['https://example.org/net/model.json', 'https://example.org/net/a.bin']);
    expect((model.predict(tf.ones([1, 4])) as tf.Tensor).arraySync()).toEqual([[10, 10, 10]]);
  });

  it('loads what TensorFlow.js saved, with its optimizer, its state and its metadata, and trains on as it would have', async () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [3] }), batchNormalization()],
    });
    model.compile({ optimizer: tf.train.adam(0.1), loss: 'meanSquaredError' });
    model.setUserDefinedMetadata({ origin: 'test' });
    const [x, y] = [tf.randomUniform([8, 3], 0, 1, 'float32', 1), tf.randomUniform([8, 2], 0, 1, 'float32', 2)];
    const train = async (net: tf.LayersModel) =>
      (await net.fit(x, y, { epochs: 3, shuffle: false, verbose: 0 })).history['loss'];
    await train(model);
    const restored = await loadKerasModel(await saved(model, { includeOptimizer: true }));
    expect(restored.getUserDefinedMetadata()).toEqual({ origin: 'test' });
    expect((restored.predict(x) as tf.Tensor).dataSync()).toEqual((model.predict(x) as tf.Tensor).dataSync());
    expect(await train(restored)).toEqual(await train(model));
  });

  it('leaves no tensors but those of the model', async () => {
    const handler = inMemory(twoLayers, weightsNamed(plain));
    const before = tf.memory().numTensors;
    const model = await loadKerasModel(handler);
    expect(tf.memory().numTensors).toBe(before + 4);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('builds a model without weights, from its initializers', async () => {
    const model = await loadKerasModel(tf.io.fromMemory({ modelTopology: twoLayers }));
    expect((model.getWeights()[0]?.abs().max().dataSync()[0] ?? 0) > 0).toBe(true);
  });

  it('does not run costly initializers for weights that the file has', async () => {
    let runs = 0;
    class Counted extends tf.serialization.Serializable {
      static className = 'Counted';
      apply(shape: tf.Shape): tf.Tensor {
        runs += 1;
        return tf.zeros(shape as number[]);
      }
      override getConfig() {
        return {};
      }
    }
    tf.serialization.registerClass(Counted);
    const layer = keras3Dense('one', 3);
    Object.assign(layer['config'] as object, { kernel_initializer: { class_name: 'Counted', config: {} } });
    const { 'one/kernel': kernel, 'one/bias': bias } = weightsNamed(plain);
    const json = keras3Sequential('net', [keras3Input('in', [null, 4]), layer]);
    await loadKerasModel(inMemory(json, { 'one/kernel': kernel, 'one/bias': bias } as Record<string, tf.Tensor>));
    expect(runs).toBe(0);
  });

  describe('names the layer, what was expected and what came, and leaves nothing behind, where', () => {
    const rejection = async (
      topology: Record<string, unknown>,
      weights: Record<string, tf.Tensor>,
      change: (artifacts: tf.io.ModelArtifacts) => void = () => undefined,
    ) => {
      const artifacts = (await inMemory(topology, weights).load?.()) as tf.io.ModelArtifacts;
      change(artifacts);
      const before = tf.memory().numTensors;
      const error = await loadKerasModel(tf.io.fromMemory(artifacts)).then(
        () => undefined,
        (reason: Error) => reason,
      );
      expect(tf.memory().numTensors).toBe(before);
      return `${error?.name}: ${error?.message}`;
    };
    const cut = (bytes: number) => (artifacts: tf.io.ModelArtifacts) => {
      artifacts.weightData = (artifacts.weightData as ArrayBuffer).slice(0, bytes);
    };

    it('the file of the weights is cut off', async () => {
      expect(await rejection(twoLayers, weightsNamed(plain), cut(70))).toBe(
        "NormkitError: [normkit] loadKerasModel: layer 'two', weight kernel: expected 24 bytes for shape [3,2]. Got 10: the file of the weights ends after 70 bytes, and the manifest lists 92; fetch or convert it again.",
      );
      expect(await rejection(twoLayers, weightsNamed(plain), cut(0))).toContain(
        "layer 'one', weight kernel: expected 48 bytes for shape [4,3]. Got 0",
      );
    });

    it('the file is longer than the manifest says', async () => {
      expect(
        await rejection(twoLayers, weightsNamed(plain), (artifacts) => {
          artifacts.weightData = new ArrayBuffer(96);
        }),
      ).toContain("layer 'two', weight bias: is the manifest's last and ends at byte 92. Got 96 bytes");
    });

    it('a weight has another shape', async () => {
      const weights = { ...weightsNamed(plain), 'one/kernel': tf.ones([3, 4]) };
      expect(await rejection(twoLayers, weights)).toBe(
        "NormkitError: [normkit] loadKerasModel: layer 'one', weight kernel: expected shape [4,3]. Got [3,4]; it was saved from a model with other settings.",
      );
    });

    it('a weight is missing', async () => {
      const { 'two/bias': _, ...weights } = weightsNamed(plain);
      expect(await rejection(twoLayers, weights)).toContain(
        "layer 'two', weight bias: expected shape [2]. Got nothing: the manifest lists 3 of the model's 4 weights.",
      );
    });

    it('a weight has no place', async () => {
      const weights = { ...weightsNamed(plain), 'two/scale': tf.ones([2]) };
      expect(await rejection(twoLayers, weights)).toContain(
        "layer 'two', weight scale: has no place in the model. That layer has kernel [3,2] and bias [2].",
      );
      const other = { ...weightsNamed(plain), 'three/kernel': tf.ones([2]) };
      expect(await rejection(twoLayers, other)).toContain("The model's layers with weights are one and two.");
    });

    it('the manifest has a dtype that there is not', async () => {
      expect(
        await rejection(twoLayers, weightsNamed(plain), ({ weightSpecs = [] }) => {
          Object.assign(weightSpecs[1] ?? {}, { dtype: 'float64' });
        }),
      ).toContain("layer 'one', weight bias: has dtype 'float64'");
    });

    it('two weights are for the same place', async () => {
      const weights = { ...weightsNamed(plain), 'net/one/bias': tf.ones([3]) };
      expect(await rejection(twoLayers, weights)).toContain("layer 'net/one', weight bias: has no place in the model");
    });

    it('a weight cannot be decoded', async () => {
      expect(
        await rejection(twoLayers, weightsNamed(plain), (artifacts) => {
          Object.assign(artifacts.weightSpecs?.[3] ?? {}, { quantization: { dtype: 'uint8' } });
          artifacts.weightData = (artifacts.weightData as ArrayBuffer).slice(0, 86);
        }),
      ).toContain('two/bias');
    });

    it('a layer cannot be built', async () => {
      const nodes = (from: string) => [call([kerasTensor(from)])];
      const layers = [
        keras3Input('in', [null, 4]),
        keras3Dense('one', 4, nodes('in')),
        keras3Layer('GroupNormalization', 'norm', { groups: 3 }, nodes('one')),
      ];
      const bad = keras3Functional('net', layers, [['in', 0, 0]], [['norm', 0, 0]]);
      expect(await rejection(bad, weightsNamed(plain))).toContain('GroupNormalization norm: ');
    });

    it('the file is a layer, not a model', async () => {
      expect(await rejection(keras3Dense('one', 3), {})).toContain(
        "expected a model in the file. Got a layer of class 'Dense'",
      );
    });
  });

  it('with strict: false leaves out what is missing and what has no place', async () => {
    const { 'two/bias': _, ...weights } = weightsNamed(plain);
    const model = await loadKerasModel(inMemory(twoLayers, { ...weights, 'three/kernel': tf.ones([2]) }), {
      strict: false,
    });
    expect([...(model.getWeights()[3]?.dataSync() ?? [])]).toEqual([0, 0]);
    expect([...(model.getWeights()[1]?.dataSync() ?? [])]).toEqual([1, 2, 3]);
  });

  it('counts quantized weights by the bytes they take in the file', async () => {
    const artifacts = (await inMemory(
      keras3Sequential('net', [keras3Input('in', [null, 2]), keras3Dense('one', 2)]),
      {},
    ).load?.()) as tf.io.ModelArtifacts;
    artifacts.weightSpecs = [
      { name: 'one/kernel', shape: [2, 2], dtype: 'float32', quantization: { dtype: 'uint8', min: 1, scale: 0.5 } },
      { name: 'one/bias', shape: [2], dtype: 'float32', quantization: { dtype: 'uint16', min: 0, scale: 1 } },
    ];
    artifacts.weightData = new Uint8Array([0, 2, 4, 6, 5, 0, 7, 0]).buffer;
    const model = await loadKerasModel(tf.io.fromMemory(artifacts));
    expect(model.getWeights().map((weight) => [...weight.dataSync()])).toEqual([
      [1, 2, 3, 4],
      [5, 7],
    ]);
  });

  it('says what to write for a file in Node', async () => {
    for (const source of ['models/model.json', 'file:///models/model.json']) {
      await expect(loadKerasModel(source)).rejects.toThrow(
        new RegExp(`loadKerasModel: expected a URL .* Got '${source}', which cannot be loaded: .*tf.io.fromMemory`),
      );
    }
    const fetchFunc = (() => Promise.reject(new Error('no route'))) as typeof fetch;
    await expect(loadKerasModel('https://example.org/model.json', { fetchFunc })).rejects.toThrow(
      "Got 'https://example.org/model.json', which cannot be loaded: no route.",
    );
  });

  it('takes true and false for flags', async () => {
    for (const option of ['strict', 'kerasContrib']) {
      await expect(loadKerasModel(inMemory(twoLayers, {}), { [option]: 'no' })).rejects.toThrow(
        `loadKerasModel: ${option} must be true or false. Got 'no'.`,
      );
    }
  });

  it('says what a source may be, and which options there are', async () => {
    await expect(loadKerasModel(3 as never)).rejects.toThrow('source must be a URL of a model.json, or an IOHandler');
    await expect(loadKerasModel(inMemory(twoLayers, {}), { struct: true } as never)).rejects.toThrow(
      "no option 'struct'",
    );
    await expect(loadKerasModel(inMemory(twoLayers, {}), { streamWeights: true } as never)).rejects.toThrow(
      "no option 'streamWeights'",
    );
  });
});
