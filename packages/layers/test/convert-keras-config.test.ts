import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convertKerasConfig, type GroupNormalization } from '../src/index.ts';
import {
  call,
  keras3,
  keras3Dense,
  keras3Functional,
  keras3Input,
  keras3Layer,
  keras3Sequential,
  kerasTensor,
} from './keras-files.ts';

type Topology = Parameters<typeof tf.models.modelFromJSON>[0];

const load = (json: unknown) => tf.models.modelFromJSON(convertKerasConfig(json) as Topology);
const layerConfig = (json: unknown, index: number) =>
  (convertKerasConfig(json).config as { layers: { config: Record<string, unknown> }[] }).layers[index]?.config;
const chain = (layer: Record<string, unknown>) =>
  keras3Functional('model', [keras3Input('in', [null, 4]), layer], ['in', 0, 0], [String(layer['name']), 0, 0]);

describe('convertKerasConfig, of Keras 3', () => {
  it('loads a functional model that tf.models.modelFromJSON cannot load as it is', async () => {
    const json = keras3Functional(
      'net',
      [keras3Input('pixels', [null, 4]), keras3Dense('hidden', 3, [call([kerasTensor('pixels')])])],
      ['pixels', 0, 0],
      ['hidden', 0, 0],
    );
    await expect(tf.models.modelFromJSON(structuredClone(json) as Topology)).rejects.toThrow();
    const model = await load(json);
    expect(model.name).toBe('net');
    expect(model.layers.map(({ name }) => name)).toEqual(['pixels', 'hidden']);
    expect(model.outputs[0]?.shape).toEqual([null, 3]);
    const penalty = (tf.regularizers.l2({ l2: 0.01 }) as { apply(x: tf.Tensor): tf.Tensor }).apply(
      model.layers[1]?.getWeights()[0] as tf.Tensor,
    );
    expect(model.calculateLosses().map((loss) => loss.dataSync()[0])).toEqual([penalty.dataSync()[0]]);
  });

  it('loads a sequential model with a dtype policy', async () => {
    const model = await load(
      keras3Sequential('net', [keras3Input('in', [null, 4]), keras3Dense('one', 3), keras3Dense('two', 2)]),
    );
    expect(model.getClassName()).toBe('Sequential');
    expect(model.outputs[0]?.shape).toEqual([null, 2]);
  });

  it('takes the shape of a sequential model without an input layer from build_input_shape', async () => {
    const json = keras3Sequential('net', [keras3Dense('one', 3)]);
    Object.assign(json['config'] as object, { build_input_shape: [null, 4] });
    expect((await load(json)).inputs[0]?.shape).toEqual([null, 4]);
    expect(() => convertKerasConfig(keras3Sequential('net', [keras3Dense('one', 3)]))).toThrow(
      "[normkit] convertKerasConfig: model 'net': the shape of its input is not in the file",
    );
  });

  it('reads several inputs in one list and as separate arguments, and several outputs in a list or a dictionary', async () => {
    for (const outputs of [
      [
        ['sum', 0, 0],
        ['b', 0, 0],
      ],
      { total: ['sum', 0, 0], b: ['b', 0, 0] },
    ]) {
      for (const args of [[[kerasTensor('a'), kerasTensor('b')]], [kerasTensor('a'), kerasTensor('b')]]) {
        const inputs = [keras3Input('a', [null, 4]), keras3Input('b', [null, 4])];
        const sum = keras3Layer('Add', 'sum', {}, [call(args)]);
        const model = await load(
          keras3Functional('net', [...inputs, sum], { a: ['a', 0, 0], b: ['b', 0, 0] }, outputs),
        );
        const [total, second] = model.predict([tf.ones([1, 4]), tf.fill([1, 4], 2)]) as tf.Tensor[];
        expect(total?.arraySync()).toEqual([[3, 3, 3, 3]]);
        expect(second?.arraySync()).toEqual([[2, 2, 2, 2]]);
      }
    }
  });

  it('counts the calls of a Sequential within a model as TensorFlow.js does, once and twice called', async () => {
    const inner = {
      ...keras3Sequential('inner', [keras3Input('inner_in', [null, 4]), keras3Dense('dense', 4)]),
      name: 'inner',
      inbound_nodes: [call([kerasTensor('in')]), call([kerasTensor('inner', 0)])],
    };
    const last = keras3Dense('last', 2, [call([kerasTensor('inner', 1)])]);
    const model = await load(
      keras3Functional('net', [keras3Input('in', [null, 4]), inner, last], [['in', 0, 0]], [['last', 0, 0]]),
    );
    const x = tf.randomUniform([2, 4], 0.5, 1);
    const [body, head] = [model.getLayer('inner') as tf.Sequential, model.getLayer('last')];
    const expected = head.apply(body.predict(body.predict(x) as tf.Tensor) as tf.Tensor) as tf.Tensor;
    expect((model.predict(x) as tf.Tensor).arraySync()).toEqual(expected.arraySync());
  });

  it("makes a recurrent layer's initial state one of its inputs, and keeps neither training nor mask", async () => {
    const json = keras3Functional(
      'net',
      [
        keras3Input('steps', [null, 5, 3]),
        keras3Input('state', [null, 2]),
        keras3Layer('GRU', 'gru', { units: 2, reset_after: false, recurrent_activation: 'sigmoid' }, [
          call([kerasTensor('steps')], { initial_state: kerasTensor('state'), mask: null, training: false }),
        ]),
      ],
      [
        ['steps', 0, 0],
        ['state', 0, 0],
      ],
      [['gru', 0, 0]],
    );
    const { layers } = convertKerasConfig(json).config as { layers: { inbound_nodes: unknown }[] };
    expect(layers[2]?.inbound_nodes).toEqual([
      [
        ['steps', 0, 0, {}],
        ['state', 0, 0, {}],
      ],
    ]);
    expect((await load(json)).inputs).toHaveLength(2);
  });

  it('writes policies, function objects and names as TensorFlow.js knows them', () => {
    const policy = keras3('keras', 'DTypePolicy', { name: 'mixed_float16' });
    const activation = { ...keras3('builtins', 'function', {}), config: 'silu' };
    const lecun = keras3('keras.initializers', 'LecunNormal', { seed: null });
    const layer = keras3Layer('Dense', 'd', { units: 2, dtype: policy, activation, kernel_initializer: lecun }, [
      call([kerasTensor('in')]),
    ]);
    expect(layerConfig(chain(layer), 1)).toMatchObject({
      dtype: 'float32',
      activation: 'swish',
      kernel_initializer: { class_name: 'LeCunNormal', config: { seed: null } },
    });
    const named = { kernel_regularizer: 'l2', bias_initializer: 'normal' };
    expect(layerConfig(chain(keras3Layer('Dense', 'd', named, [call([kerasTensor('in')])])), 1)).toMatchObject({
      kernel_regularizer: { class_name: 'L1L2', config: { l1: 0, l2: 0.01 } },
      bias_initializer: { class_name: 'RandomNormal', config: {} },
    });
    const leaky = keras3Layer('LeakyReLU', 'l', { negative_slope: 0.2 }, [call([kerasTensor('in')])]);
    expect(layerConfig(chain(leaky), 1)).toEqual({ name: 'l', trainable: true, dtype: 'float32', alpha: 0.2 });
  });

  it('refuses what TensorFlow.js would compute otherwise, with the name of the layer', () => {
    const refusal = (className: string, config: Record<string, unknown>, kwargs = {}) => {
      const layer = keras3Layer(className, 'odd', config, [call([kerasTensor('in')], kwargs)]);
      return () => convertKerasConfig(chain(layer));
    };
    expect(refusal('Conv2D', { groups: 2 })).toThrow("layer 'odd': groups is 2, but TensorFlow.js's Conv2D");
    expect(refusal('GlobalAveragePooling2D', { keepdims: true })).toThrow('keepdims is true');
    expect(refusal('ReLU', { negative_slope: 0.1 })).toThrow('negative_slope is 0.1');
    expect(refusal('GRU', { reset_after: true })).toThrow('reset_after is true');
    expect(refusal('Conv1D', { padding: 'causal', kernel_size: [3] })).toThrow('padding is causal');
    expect(refusal('Dense', { activation: 'hard_sigmoid' })).toThrow('relu6(x + 3) / 6');
    expect(refusal('Dense', { activation: keras3('keras.layers', 'ReLU', {}) })).toThrow("object of class 'ReLU'");
    expect(refusal('Dense', {}, { mask: kerasTensor('in') })).toThrow("layer 'odd': is called with a tensor as its");
    expect(refusal('Dense', { dtype: 'float7bit' })).toThrow("no dtype 'float7bit'");
    const image = { filters: 1, kernel_size: [2, 2] };
    for (const name of ['DepthwiseConv2D', 'Conv2DTranspose', 'Conv3DTranspose']) {
      expect(refusal(name, { ...image, dilation_rate: [2, 2] })).toThrow(
        `layer 'odd': dilation_rate is [2,2], but TensorFlow.js's ${name} would compute something else. Change the layer in Keras, or write a class`,
      );
      expect(refusal(name, { ...image, dilation_rate: [1, 1] })).not.toThrow();
    }
    expect(refusal('Conv2D', { ...image, dilation_rate: [2, 2] })).not.toThrow();
    expect(refusal('UpSampling2D', { interpolation: 'bilinear' })).toThrow("interpolation is 'bilinear'");
    expect(refusal('UpSampling2D', { interpolation: 'nearest' })).not.toThrow();
    expect(refusal('Resizing', { interpolation: 'nearest' })).toThrow("interpolation is 'nearest'");
    expect(refusal('RandomWidth', { factor: 0.1 })).toThrow('factor is 0.1');
    for (const name of ['Conv1D', 'MaxPooling1D', 'AveragePooling1D', 'GlobalAveragePooling1D', 'GlobalMaxPooling1D']) {
      expect(refusal(name, { data_format: 'channels_first' })).toThrow("data_format is 'channels_first'");
      expect(refusal(name, { data_format: 'channels_last' })).not.toThrow();
    }
    const separable = { ...image, data_format: 'channels_first' };
    expect(refusal('SeparableConv2D', separable)).toThrow("data_format is 'channels_first' with a bias");
    expect(refusal('SeparableConv2D', { ...separable, use_bias: false })).not.toThrow();
    const lstm = (config: object) => keras3Layer('LSTM', 'lstm', { units: 3, go_backwards: false, ...config });
    const both = (backward: object) => ({ layer: lstm({}), backward_layer: lstm({ name: 'back', ...backward }) });
    expect(refusal('Bidirectional', both({ go_backwards: true }))).not.toThrow();
    expect(refusal('Bidirectional', both({ go_backwards: true, units: 4 }))).toThrow(
      'backward_layer differs from layer in its units',
    );
    expect(refusal('Bidirectional', both({}))).toThrow('backward_layer differs from layer in its go_backwards');
    for (const harmless of [{ groups: 1 }, { groups: null }, {}]) expect(refusal('Conv2D', harmless)).not.toThrow();
  });
});

describe('convertKerasConfig, of Keras 2', () => {
  it('leaves the config that TensorFlow.js itself saved as it is', () => {
    const model = tf.sequential({
      layers: [
        tf.layers.conv2d({ inputShape: [5, 5, 2], filters: 3, kernelSize: 3 }),
        tf.layers.batchNormalization(),
        tf.layers.flatten(),
        tf.layers.dense({ units: 1, kernelRegularizer: 'l1l2' }),
      ],
    });
    const saved = model.toJSON(null, false) as unknown as { class_name: string; config: object };
    const before = JSON.stringify(saved);
    expect(convertKerasConfig(saved)).toEqual({ class_name: saved.class_name, config: saved.config });
    expect(JSON.stringify(saved)).toBe(before);
  });

  it('reads the whole of a model.json, its text, and a topology with model_config', () => {
    const topology = { class_name: 'Sequential', config: { name: 's', layers: [] } };
    for (const form of [
      topology,
      JSON.stringify(topology),
      { model_config: topology, keras_version: '2.4.0' },
      { modelTopology: { model_config: JSON.stringify(topology) }, weightsManifest: [] },
    ]) {
      expect(convertKerasConfig(form)).toEqual(topology);
    }
  });

  it("unwraps tuples and numpy's scalars, and takes the kernel's fields from SeparableConv2D", async () => {
    const conv = {
      class_name: 'SeparableConv2D',
      config: {
        name: 'sep',
        filters: 2,
        kernel_size: { class_name: '__tuple__', items: [3, 3] },
        kernel_initializer: { class_name: 'GlorotUniform', config: { seed: null } },
        kernel_regularizer: null,
        kernel_constraint: null,
        batch_input_shape: { class_name: '__tuple__', items: [null, 8, 8, 3] },
      },
    };
    const norm = {
      class_name: 'BatchNormalization',
      config: { name: 'bn', axis: [3], momentum: { type: 'ndarray', value: 0.5 } },
    };
    const json = { class_name: 'Sequential', config: [conv, norm] };
    expect(layerConfig(json, 1)).toEqual({ name: 'bn', axis: 3, momentum: 0.5 });
    expect((await load(json)).outputs[0]?.shape).toEqual([null, 6, 6, 2]);
  });

  it("takes GroupNormalization for keras-contrib's where it is told so, and a weight's initializer with its arguments", async () => {
    const config = {
      name: 'gn',
      groups: 2,
      batch_input_shape: [null, 3, 4],
      gamma_initializer: { class_name: 'Constant', config: { value: 3 } },
    };
    const json = { class_name: 'Sequential', config: [{ class_name: 'GroupNormalization', config }] };
    for (const kerasContrib of [false, true]) {
      const model = await tf.models.modelFromJSON(convertKerasConfig(json, { kerasContrib }) as Topology);
      const layer = model.layers[0] as GroupNormalization;
      expect([layer.groups, layer.kerasContrib]).toEqual([2, kerasContrib]);
      expect([...(layer.getWeights()[0]?.dataSync() ?? [])]).toEqual([3, 3, 3, 3]);
    }
    expect(() => convertKerasConfig(json, { contrib: true } as never)).toThrow("no option 'contrib'");
  });

  it('takes integers of any width for int32, as the input of an embedding', async () => {
    const json = keras3Functional(
      'words',
      [
        { ...keras3Input('ids', [null, 3]), config: { batch_shape: [null, 3], dtype: 'int64', name: 'ids' } },
        keras3Layer('Embedding', 'embed', { input_dim: 5, output_dim: 2 }, [call([], { inputs: kerasTensor('ids') })]),
      ],
      ['ids', 0, 0],
      ['embed', 0, 0],
    );
    const model = await load(json);
    expect(model.inputs[0]?.dtype).toBe('int32');
    expect((model.predict(tf.tensor2d([[0, 4, 2]], [1, 3], 'int32')) as tf.Tensor).shape).toEqual([1, 3, 2]);
  });

  it('finds a class under its registered name', () => {
    const norm = (className: string, registeredName: string | null) => ({
      ...keras3Layer('', 'n', { groups: 4 }, [call([kerasTensor('in')])]),
      class_name: className,
      registered_name: registeredName,
    });
    const classOf = (layer: Record<string, unknown>) =>
      (convertKerasConfig(chain(layer)).config as { layers: { class_name: string }[] }).layers[1]?.class_name;
    expect(classOf(norm('InstanceNormalization', 'Addons>InstanceNormalization'))).toBe('Addons>InstanceNormalization');
    expect(classOf(norm('GroupNormalization', 'GroupNormalization'))).toBe('GroupNormalization');
  });

  it('takes a model class of an application for the graph of layers that it is', async () => {
    const json = keras3Functional('net', [keras3Input('in', [null, 4])], ['in', 0, 0], ['in', 0, 0]);
    expect(
      convertKerasConfig({ ...json, class_name: 'Generator', registered_name: 'Custom>Generator' }).class_name,
    ).toBe('Functional');
  });
});

describe('convertKerasConfig, of what it cannot read', () => {
  const graph = (nodes: Record<string, unknown>[], extra: Record<string, unknown>[] = []) =>
    keras3Functional(
      'm',
      [keras3Input('in', [null, 4]), keras3Dense('d', 4, nodes), ...extra],
      ['in', 0, 0],
      ['d', 0, 0],
    );

  it('says which normalization layers there are for one that is none of them', () => {
    const odd = keras3Layer('PowerNormalization', 'power', {}, [call([kerasTensor('in')])]);
    expect(() => convertKerasConfig(chain(odd))).toThrow(
      /layer 'power': no class 'PowerNormalization' is registered. @normkit\/layers covers GroupNormalization, .*LayerNormalization, .*BatchNormalization, /,
    );
  });

  it('says what to write for a layer that TensorFlow.js does not have, and for a Lambda', () => {
    const layer = (className: string, config = {}) =>
      chain(keras3Layer(className, 'x', config, [call([kerasTensor('in')])]));
    expect(() => convertKerasConfig(layer('Subtract'))).toThrow("write a class with className 'Subtract'");
    expect(() => convertKerasConfig(layer('Lambda', { function: 'fftLayer' }))).toThrow(
      'computes the function fftLayer',
    );
  });

  it('refuses a graph whose references lead nowhere, or in a circle, where the loader would not come to an end', () => {
    expect(() => convertKerasConfig(graph([call([kerasTensor('gone')])]))).toThrow(
      "layer 'd': refers to a layer 'gone'",
    );
    expect(() => convertKerasConfig(graph([call([kerasTensor('in', 3)])]))).toThrow("call 3 of layer 'in'");
    expect(() => convertKerasConfig(graph([call([kerasTensor('d')])]))).toThrow("layer 'd' is part of a cycle");
    const two = [keras3Dense('e', 4, [call([kerasTensor('d')])])];
    expect(() => convertKerasConfig(graph([call([kerasTensor('e')])], two))).toThrow('part of a cycle');
    expect(() => convertKerasConfig(graph([call([kerasTensor('in')])], [keras3Dense('d', 4)]))).toThrow(
      "two layers are named 'd'",
    );
  });

  it('says where a file is wrong that TensorFlow.js takes, or fails on in other words', () => {
    const nested = (levels: number) => {
      let value: unknown = 1;
      for (let level = 0; level < levels; level++) value = [value];
      return value;
    };
    const first = (config: Record<string, unknown>) => ({
      class_name: 'Sequential',
      config: {
        name: 's',
        layers: [{ class_name: 'Dense', config: { name: 'd', units: 2, batch_input_shape: [null, 2], ...config } }],
      },
    });
    const named = (name: string) => graph([call([kerasTensor('in')])], [keras3Dense(name, 4)]);
    const refusals: [json: unknown, said: string][] = [
      [first({ deep: nested(10_000) }), 'the file: is nested in more than 256 levels'],
      [
        JSON.stringify(first({})).replace('"units":2', `"deep":${'['.repeat(10_000)}${']'.repeat(10_000)}`),
        'the file: is nested',
      ],
      [first({ batch_input_shape: [null, -2] }), "layer 'd', batch_input_shape: expected an array of integers from 0"],
      [first({ batch_input_shape: [null, Number.NaN] }), 'Got [null,NaN]'],
      [first({ input_shape: [1e300] }), "layer 'd', input_shape: expected an array of integers from 0"],
      [first({ target_shape: [2, 'x'] }), "layer 'd', target_shape: expected an array"],
      [first({ name: 'toString' }), "layer 'toString': every object has a property of that name"],
      [named('__proto__'), "layer '__proto__': every object has a property of that name"],
      [named('constructor'), "layer 'constructor': every object has a property of that name"],
      [
        first({ kernel_constraint: 'Dense' }),
        "kernel_constraint: expected the class of a constraint. Got 'Dense', which is that of a layer",
      ],
      [
        { class_name: 'Sequential', config: [...first({}).config.layers, ...first({}).config.layers] },
        "the model: two layers are named 'd'",
      ],
      [{ ...keras3Dense('d', 4), class_name: { toString: 1 } }, "layer 'd', class_name: expected a name. Got Object"],
      [keras3Functional('m', [keras3Input('in', [null, 4])], ['in', 0, 0], []), "model 'm': has no outputs"],
      [
        keras3Functional(
          'm',
          [keras3Input('in', [null, 4])],
          ['in', 0, 0],
          [
            ['in', 0, 0],
            ['in', 0, 0],
          ],
        ),
        "lists the output 'in 0 0' twice",
      ],
      [keras3Functional('m', [], [], 3), "model 'm', output_layers: expected [layer, node, tensor]. Got 3"],
      [{ class_name: 'Functional', config: { name: 'm', layers: [] } }, "model 'm', input_layers"],
    ];
    for (const [json, said] of refusals) expect(() => convertKerasConfig(json)).toThrow(said);
    // The names of the entries are others than those in their configs, and TensorFlow.js would wait for ever.
    const twins = ['a', 'b'].map((name) => ({ ...keras3Dense('d', 4, [call([kerasTensor('in')])]), name }));
    const waiting = keras3Functional(
      'm',
      [keras3Input('in', [null, 4]), ...twins],
      ['in', 0, 0],
      [
        ['a', 0, 0],
        ['b', 0, 0],
      ],
    );
    expect(() => convertKerasConfig(waiting)).toThrow("two layers are named 'd'");
    // Nor is a layer a model because it has a setting of that name.
    const disguised = { ...keras3Dense('d', 4, [call([kerasTensor('in')])]) };
    Object.assign(disguised['config'] as object, { layers: 1 });
    const json = keras3Functional('m', [keras3Input('in', [null, 4]), disguised], ['in', 0, 0], ['d', 0, 0]);
    expect((convertKerasConfig(json).config as { output_layers: unknown }).output_layers).toEqual([['d', 0, 0]]);
  });

  it('throws nothing but its own error, whatever comes', () => {
    const names = fc.constantFrom('class_name', 'config', 'layers', 'input_layers', 'name', 'inbound_nodes', 'items');
    const words = fc.constantFrom('Sequential', 'Functional', 'Dense', 'in', '__tuple__', 'InputLayer');
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 6 },
        words,
        fc.integer(),
        fc.constant(null),
        fc.array(tie('tree')),
        fc.dictionary(names, tie('tree')),
      ),
    }));
    fc.assert(
      fc.property(fc.record({ class_name: words, config: tree }), (json) => {
        const before = JSON.stringify(json);
        try {
          convertKerasConfig(json);
        } catch (error) {
          expect((error as Error).name).toBe('NormkitError');
        }
        expect(JSON.stringify(json)).toBe(before);
      }),
      { numRuns: 500 },
    );
    const odd = {
      class_name: 'Dense',
      config: { name: 'd', kernel_initializer: 'constructor', activation: 'toString' },
    };
    expect(
      layerConfig(
        { class_name: 'Sequential', config: [{ ...odd, config: { ...odd.config, batch_input_shape: [1, 2] } }] },
        0,
      ),
    ).toMatchObject(odd.config);
    for (const value of [null, 3, '{', [], {}, { modelTopology: 3 }]) {
      expect(() => convertKerasConfig(value)).toThrow('[normkit] convertKerasConfig: the file:');
    }
  });
});
