import * as tf from '@tensorflow/tfjs';

type Json = Record<string, unknown>;

/** An object of Keras 3: with its module and registered name. */
export function keras3(module: string, className: string, config: Json): Json {
  return { module, class_name: className, config, registered_name: null };
}

/** A tensor in the arguments of a call, as Keras 3 writes it. */
export function kerasTensor(layer: string, node = 0, tensor = 0): Json {
  return {
    class_name: '__keras_tensor__',
    config: { shape: [null, 4], dtype: 'float32', keras_history: [layer, node, tensor] },
  };
}

export function call(args: unknown[], kwargs: Json = {}): Json {
  return { args, kwargs };
}

/** A layer of Keras 3 in a model: its dtype is a policy, and it says of which shape it was built. */
export function keras3Layer(className: string, name: string, config: Json, nodes: Json[] = []): Json {
  return {
    ...keras3('keras.layers', className, {
      name,
      trainable: true,
      dtype: keras3('keras', 'DTypePolicy', { name: 'float32' }),
      ...config,
    }),
    name,
    inbound_nodes: nodes,
    build_config: { input_shape: [null, 4] },
  };
}

export function keras3Input(name: string, shape: (number | null)[]): Json {
  return {
    ...keras3('keras.layers', 'InputLayer', {
      batch_shape: shape,
      dtype: 'float32',
      sparse: false,
      ragged: false,
      name,
    }),
    name,
    inbound_nodes: [],
  };
}

export function keras3Dense(name: string, units: number, nodes: Json[] = []): Json {
  const initializer = (className: string) => keras3('keras.initializers', className, { seed: null });
  return keras3Layer(
    'Dense',
    name,
    {
      units,
      activation: 'relu',
      use_bias: true,
      kernel_initializer: initializer('GlorotUniform'),
      bias_initializer: initializer('Zeros'),
      kernel_regularizer: keras3('keras.regularizers', 'L2', { l2: 0.01 }),
      bias_regularizer: null,
      kernel_constraint: null,
      bias_constraint: null,
    },
    nodes,
  );
}

/** A model of layers as Keras 3's `model.to_json()` writes it. */
export function keras3Functional(name: string, layers: Json[], inputs: unknown, outputs: unknown): Json {
  return {
    module: 'keras.src.models.functional',
    class_name: 'Functional',
    config: { name, trainable: true, layers, input_layers: inputs, output_layers: outputs },
    registered_name: 'Functional',
    build_config: { input_shape: null },
    compile_config: { optimizer: 'adam', loss: 'mse' },
  };
}

export function keras3Sequential(name: string, layers: Json[]): Json {
  return {
    module: 'keras',
    class_name: 'Sequential',
    config: { name, trainable: true, dtype: keras3('keras', 'DTypePolicy', { name: 'float32' }), layers },
    registered_name: null,
  };
}

/** A file in memory: weights by name, with their values. */
export function inMemory(modelTopology: Json, weights: Record<string, tf.Tensor>): tf.io.IOHandler {
  const specs = Object.entries(weights).map(([name, { shape }]) => ({ name, shape, dtype: 'float32' as const }));
  const values = Object.values(weights).flatMap((weight) => [...weight.dataSync()]);
  return tf.io.fromMemory({ modelTopology, weightSpecs: specs, weightData: new Float32Array(values).buffer });
}
