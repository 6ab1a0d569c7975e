import * as tf from '@tensorflow/tfjs';

export type Config = Record<string, unknown>;

/** The layer that `tf.loadLayersModel` makes of an entry of a Keras file. */
export async function loaded(class_name: string, config: Config, inputShape = [4, 5, 6]): Promise<tf.layers.Layer> {
  const layer = { class_name, config: { batch_input_shape: [null, ...inputShape], ...config } };
  const model = await tf.models.modelFromJSON({
    class_name: 'Sequential',
    config: { name: 'model', layers: [layer] },
  } as never);
  const [only] = model.layers;
  if (!only) throw new Error('no layer');
  return only;
}

/** As Keras 2 writes it, without what the test is about. */
export const keras2 = {
  name: 'norm',
  trainable: true,
  dtype: 'float32',
  epsilon: 0.25,
  center: true,
  scale: true,
  beta_initializer: { class_name: 'Zeros', config: {} },
  gamma_initializer: { class_name: 'Ones', config: {} },
  beta_regularizer: null,
  gamma_regularizer: null,
  beta_constraint: null,
  gamma_constraint: null,
};
